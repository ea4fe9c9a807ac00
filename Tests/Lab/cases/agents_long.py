"""Agents over a longer time, with many arrays, and in a cluster that fails them."""

import json
import time

from labkit.cases import CLUSTER, Case, Shape
from labkit.stage import Node, Stage
from scenes import agents, cluster

# Threads, how often they slept and were woken or were displaced, KiB of memory.
_SAMPLE = r"""
pid=$(cat /tmp/agent.pid); cd /proc/$pid/task || exit 1
awk '/^voluntary/ {v += $2; t++} /^nonvoluntary/ {n += $2} END {print t, v, n}' */status
awk '/^VmRSS/ {print $2}' ../status; ls ../fd | wc -l; cut -d' ' -f14,15 ../stat
"""


class Sample:
    """What an agent has used up to a moment."""

    def __init__(self, node: Node):
        words = [int(word) for word in node.script(_SAMPLE).stdout.split()]
        self.threads, self.woken, self.displaced, self.memory, self.files = words[:5]
        self.ticks = words[5] + words[6]
        self.time = time.monotonic()

    def __str__(self) -> str:
        return f"{self.threads} threads, {self.files} open files, {self.memory} KiB"


def idle(stage: Stage) -> None:
    """Agents with an array and nothing to do sleep, and do not grow."""
    seconds = int(stage.options.get("seconds", 60))
    cluster.start(stage)
    agents.start(stage)
    try:
        time.sleep(5)
        before = stage.together(Sample)
        time.sleep(seconds)
        after = stage.together(Sample)
        for node, begin, end in zip(stage.nodes, before, after):
            span = end.time - begin.time
            woken = end.woken - begin.woken
            stage.note(f"node {node.number}: {end}; in {span:.0f} s {woken} wake-ups, {(end.ticks - begin.ticks) * 10} ms of processor time, "
                       f"{end.memory - begin.memory:+} KiB")
            if woken > span / 2:
                stage.wrong(f"node {node.number}: {woken} wake-ups in {span:.0f} s of doing nothing")
            if end.memory > 16 << 10 or end.memory - begin.memory > 512:
                stage.wrong(f"node {node.number}: {begin.memory} KiB became {end.memory} KiB")
            if (end.threads, end.files) != (begin.threads, begin.files):
                stage.wrong(f"node {node.number}: {begin} became {end}")
    finally:
        agents.stop(stage)


_MANY = r"""
modprobe dm-mod
for disk in d15 d16; do
    device=$(readlink -f /dev/lab/$disk)
    for n in $(seq $1); do echo "0 16384 linear $device $(( (n - 1) * 16384 ))" | dmsetup create many-$disk-$n || exit 1; done
done
udevadm settle --timeout=120
"""
_MAKE = "swmdadm --create /dev/md/many$n --run --assume-clean --level=1 --raid-devices=2 --bitmap=clustered --nodes=2 " \
        "/dev/mapper/many-d15-$n /dev/mapper/many-d16-$n"


def many(stage: Stage) -> None:
    """One node with many clustered arrays: an agent for each, and a status of all of them in good time."""
    node = stage.node(1)
    wanted = int(stage.options.get("arrays", 64))
    node.sh(f"set -- {wanted}; {_MANY}", timeout=600)
    made = 0
    started = time.monotonic()
    for number in range(1, wanted + 1):
        done = node.sh(f"n={number}; {_MAKE}", check=False, timeout=120)
        if done.status != 0:
            stage.note(f"array {number} could not be made: exit {done.status}: {done.stderr}")
            stage.note(node.sh("dmesg | tail -n 8; free -m; df -m /dev/shm; tail -n 5 /var/log/dlm_controld/dlm_controld.log", check=False).stdout)
            break
        made = number
    stage.note(f"{made} arrays made in {time.monotonic() - started:.0f} s")
    _memory(stage, node, "without an agent")
    try:
        started = time.monotonic()
        agents.launch(node, arrays=made, seconds=600)
        stage.note(f"among the agents of {made} arrays after {time.monotonic() - started:.0f} s: {Sample(node)}")
        _memory(stage, node, "with an agent")
        begun = time.monotonic()
        status = node.sh("swmdadm --cluster-status --json", check=False, timeout=300)
        ready = sum(agent["finding"] == "ready" for array in json.loads(status.stdout)["arrays"] for agent in array["agents"] or [])
        stage.note(f"--cluster-status took {time.monotonic() - begun:.1f} s, {ready} arrays are ready")
        if status.status != 0 or ready != made:
            stage.wrong(f"--cluster-status: exit {status.status}:\n{status.stdout[-2000:]}{status.stderr}")
        stage.expect(made == wanted, f"only {made} arrays of {wanted}")
        if (memory := Sample(node).memory) > 64 << 10:
            stage.wrong(f"the agent has {memory} KiB")
    except Exception:
        stage.note(agents.log(node)[-3000:])
        stage.note(node.sh("dmesg | tail -n 20; free -m; df -m /dev/shm; dlm_tool ls | grep -c name", check=False).stdout)
        raise
    finally:
        begun = time.monotonic()
        agents.stop(stage)
        stage.note(f"the agent ended after {time.monotonic() - begun:.1f} s; lockspaces left: " + node.sh("ls /sys/kernel/dlm | grep -c swmd-", check=False).stdout.strip())
        node.sh("for array in /dev/md/many*; do swmdadm --stop $array; done; dmsetup remove_all --force", check=False, timeout=900)


def _memory(stage: Stage, node: Node, when: str) -> None:
    stage.note(when + ": " + node.out("free -m | awk '/^Mem/ {print $3 \" MiB of the node used, \" $7 \" MiB left\"}'; "
                                      "df -m /dev/shm | awk 'NR == 2 {print \"/dev/shm: \" $3 \" MiB\"}'; for name in corosync dlm_controld; do "
                                      "echo $name $(awk '/^VmRSS/ {print $2}' /proc/$(pidof -s $name)/status) KiB; done").replace("\n", ", "))


def outages(stage: Stage) -> None:
    """dlm_controld is killed on node 3, corosync ends on node 2, so that node 1 is without quorum; then both nodes come back."""
    cluster.restart_managers(stage, "enable_quorum_lockspace=1")
    try:
        _outages(stage)
    finally:
        # A lock manager with lockspaces does not end.
        stage.together(lambda node: node.sh("swmdadm --stop --scan", timeout=120))
        cluster.restart_managers(stage, "enable_quorum_lockspace=0")


def _outages(stage: Stage) -> None:
    first, second, third = stage.nodes
    cluster.start(stage)
    agents.start(stage)
    third.sh("kill -9 $(pidof dlm_controld)")
    _says(stage, third, "the agents of other nodes cannot be asked", "dlm_controld is killed")
    _says(stage, first, "died", "dlm_controld is killed")
    _asks(stage, first, (1, 2), "without node 3")
    _is_calm(stage, third, "without dlm_controld")
    _ends(stage, third, "without dlm_controld")
    # Not asked to end, or it would leave the others in order.
    second.sh("kill -9 $(pidof corosync)")
    _says(stage, second, "corosync is not running", "corosync ends")
    _says(stage, first, "has no quorum", "the others are gone")
    began = time.monotonic()
    asked = first.sh("swmdadm --cluster-status", check=False, timeout=60)
    stage.note(f"without quorum --cluster-status took {time.monotonic() - began:.1f} s: exit {asked.status}: "
               + next((line.strip() for line in asked.stdout.splitlines() if "Agents" in line), asked.stderr))
    for node in (first, second):
        _is_calm(stage, node, "in the outage")
        _ends(stage, node, "in the outage")
    # A new one in the middle of it waits for better times.
    first.script(agents.START)
    _says(stage, first, "not among the agents", "a new agent")
    began = time.monotonic()
    stage.together(lambda node: node.guest.kill(), [second, third])
    stage.lab.boot([2, 3])
    stage.note(f"nodes 2 and 3 were restarted: {time.monotonic() - began:.0f} s")
    _says(stage, first, "corosync, quorum and dlm_controld are there", "with quorum again")
    cluster.join(stage)
    stage.together(agents.launch, [second, third])
    first.wait("grep -q 'among the agents of its nodes, in' " + agents.LOG, 60)
    _asks(stage, first, (1, 2, 3), "with all nodes again")
    done = cluster.manage(first, "--add /dev/lab/d3")
    stage.expect(done.status == 0, f"--add: exit {done.status}: {done.stderr}\n{cluster.kernel_tail(stage)}")
    stage.note("node 1 said:\n" + agents.log(first))
    agents.stop(stage)


def _says(stage: Stage, node: Node, words: str, when: str) -> None:
    """The agent says so within a minute."""
    try:
        seconds = node.wait(f"grep -q '{words}' {agents.LOG}", 60)
    except Exception:
        stage.note(f"node {node.number}:\n{agents.log(node)}")
        raise
    stage.note(f"node {node.number}, {when}, {seconds:.1f} s later: " + node.out(f"grep -m1 '{words}' {agents.LOG}"))


def _asks(stage: Stage, node: Node, ready: tuple[int, ...], when: str) -> None:
    """A pre-flight finds exactly these nodes ready before long."""
    words = ", ".join(f"{number} ready" for number in ready)
    seconds = node.wait(f"swmdadm --cluster-status | grep -q 'Agents : {words}$'", 60)
    stage.note(f"node {node.number} can ask {when}: {words}, {seconds:.1f} s later")


def _is_calm(stage: Stage, node: Node, when: str) -> None:
    """The agent lives and does not spin."""
    before = Sample(node)
    time.sleep(10)
    after = Sample(node)
    woken, busy = after.woken - before.woken, (after.ticks - before.ticks) * 10
    stage.note(f"node {node.number} {when}: {woken} wake-ups, {busy} ms of processor time in {after.time - before.time:.0f} s")
    if woken > 100 or busy > 2000:
        stage.wrong(f"node {node.number} {when}: the agent spins: {woken} wake-ups, {busy} ms")


def _ends(stage: Stage, node: Node, when: str) -> None:
    """SIGTERM ends it; what may be left is a thread that waits in the kernel, whose process has done its work."""
    node.sh("kill -TERM $(cat /tmp/agent.pid)")
    seconds = node.wait(f"grep -q 'ends as it was asked to' {agents.LOG}", 30)
    left = node.sh("sleep 1; cat /proc/$(cat /tmp/agent.pid)/task/*/stat 2>/dev/null | awk '{print $3}' | tr -d '\\n'", check=False).stdout
    stage.note(f"node {node.number} {when}: ended {seconds:.1f} s after SIGTERM; states of threads left: {left or 'none'}; it said: "
               + node.out(f"grep -o 'the lock manager keeps.*' {agents.LOG} || echo nothing of threads left behind"))
    if set(left) - set("DZX"):
        stage.wrong(f"node {node.number} {when}: threads in the states {left} are left:\n{agents.log(node)}")


ONE = Shape(nodes=1, cluster=True, memory=2048)

CASES = [
    Case("agents-idle", "agents that have nothing to do sleep, and do not grow (--set seconds=600)", idle, CLUSTER, 1500),
    Case("long-agents-many", "one node with 64 clustered arrays (--set arrays=N)", many, ONE, 3000),
    Case("long-agents-outages", "dlm_controld and corosync end under the agents, quorum is lost, and all of it comes back", outages, CLUSTER, 1800,
         # The DLM itself, when it hears again from a node that it took for dead; and an agent's thread that its lockspace keeps
         # waiting for as long as there is no quorum, which on a slow host is longer than the kernel's two minutes.
         expected_log=(r"fs/dlm/midcomms\.c", "Call Trace:", r"INFO: task swmdadm:\d+ blocked for more than")),
]
