"""Adding disks to an array that three nodes share."""

import json
import statistics
import time

from labkit.cases import CLUSTER, Case
from labkit.stage import Stage
from scenes import cluster

GOOD = cluster.GOOD


def add(stage: Stage) -> None:
    """Create on node 1, join on 2 and 3, add from node 1, look on all."""
    cluster.start(stage)
    done = cluster.manage(stage.node(1), "--add /dev/lab/d3")
    stage.expect(done.status == 0, f"--add: exit {done.status} after {done.seconds:.1f} s: {done.stderr}\n{cluster.kernel_tail(stage)}")
    differing = cluster.await_members(stage, GOOD | {"d3": "spare"})
    stage.expect(not differing, "\n".join(differing))
    stage.note(f"--add took {done.seconds:.1f} s")
    for node in stage.nodes:
        seen = node.out(f"swmdadm --detail {cluster.ARRAY}")
        stage.expect("spare" in seen and "Cluster Name" in seen, f"node {node.number}: --detail shows no spare or no cluster:\n{seen}")


def soak(stage: Stage, rounds: int = 20) -> None:
    """Adds and removes in a row from every node in turn: without a pause, then once more with a look at all nodes after each."""
    cluster.start(stage)
    if stage.case.name == "soak-slow":
        _slow_devices(stage)
    rounds = int(stage.options.get("rounds", rounds))
    if _rounds(stage, rounds, look=False):
        _rounds(stage, rounds, look=True)
    differing = cluster.await_members(stage, GOOD)
    stage.expect(not differing, "after the last remove: " + "; ".join(differing))


def _rounds(stage: Stage, rounds: int, look: bool) -> bool:
    """Whether all adds and removes succeeded, and with `look` all nodes had the same members after each."""
    adds, removes, problems = [], [], len(stage.problems)
    for number in range(rounds):
        node = stage.nodes[number % len(stage.nodes)]
        adds.append(_attempt(stage, node, f"add {number + 1}", "--add /dev/lab/d3", GOOD | {"d3": "spare"} if look else None))
        if len(stage.problems) > problems:
            break
        removes.append(_attempt(stage, node, f"remove {number + 1}", "--remove /dev/lab/d3", GOOD if look else None))
        if len(stage.problems) > problems:
            break
    good = [attempt.seconds for attempt in adds if attempt.status == 0]
    title = "with a look at all nodes after each" if look else "without a pause"
    stage.note(f"{title}: add seconds: " + " ".join(f"{attempt.seconds:.1f}{'' if attempt.status == 0 else '!'}" for attempt in adds))
    if good and removes:
        stage.note(f"{len(good)} of {len(adds)} adds, median {statistics.median(good):.1f} s, slowest {max(good):.1f} s; "
                   f"removes: median {statistics.median(one.seconds for one in removes):.1f} s")
        stage.expect(max(good) < 30, "an add took longer than 30 s")
    return len(stage.problems) == problems


def _attempt(stage: Stage, node, what: str, arguments: str, expected: dict | None) -> cluster.Attempt:
    """One command of a soak, and what it left on all nodes where that is asked."""
    done = cluster.manage(node, arguments)
    if done.status != 0:
        stage.wrong(f"{what} from node {node.number}: exit {done.status} after {done.seconds:.1f} s: {done.stderr}\n{cluster.kernel_tail(stage)}")
    elif expected is not None and (differing := cluster.await_members(stage, expected)):
        stage.wrong(f"after {what} from node {node.number}: " + "; ".join(differing))
    return done


def _slow_devices(stage: Stage) -> None:
    """Node 2 gets 200 more block devices of which four answer each read after 3 s, as a dying path does."""
    script = """
modprobe loop max_loop=0; modprobe dm-mod; modprobe dm-delay
mkdir -p /tmp/many; truncate -s 1M /tmp/many/back
for n in $(seq 4); do
    truncate -s 1M /tmp/many/slow$n; loop=$(losetup -f --show /tmp/many/slow$n)
    echo "0 2048 delay $loop 0 3000" | dmsetup create --noudevsync slow$n || exit 1
done
loop=$(losetup -f --show /tmp/many/back)
for n in $(seq 192); do echo "0 8 linear $loop $(( (n % 200) * 8 ))" | dmsetup create --noudevsync many$n || exit 1; done
"""
    node = stage.node(2)
    node.script(script, timeout=600)
    count = int(node.out("ls /sys/class/block | wc -l"))
    stage.note(f"node 2 has {count} block devices")
    node.sh("udevadm settle --timeout=300", check=False, timeout=400)


def missing(stage: Stage) -> None:
    """A disk that node 3 does not see: the add fails at once, names the trouble, leaves no trace, and works once it is back."""
    cluster.start(stage)
    cluster.unplug(stage.node(3), "d3")
    started = time.monotonic()
    done = cluster.manage(stage.node(1), "--add /dev/lab/d3")
    stage.note(f"with the disk missing on node 3: exit {done.status} after {done.seconds:.1f} s: {done.stderr}")
    if done.status != 1:
        stage.wrong(f"exit {done.status} instead of 1")
    if done.seconds >= 5:
        stage.wrong(f"the refusal took {done.seconds:.1f} s instead of less than 5 s ({time.monotonic() - started:.1f} s outside)")
    differing = cluster.await_members(stage, GOOD, seconds=10)
    if differing:
        stage.wrong("a ghost of the refused disk: " + "; ".join(differing))
    cluster.plug_in(stage.node(3), "d3")
    again = cluster.manage(stage.node(1), "--add /dev/lab/d3")
    stage.expect(again.status == 0, f"with the disk back: exit {again.status}: {again.stderr}\n{cluster.kernel_tail(stage)}")
    differing = cluster.await_members(stage, GOOD | {"d3": "spare"})
    stage.expect(not differing, "; ".join(differing))
    stage.note(f"with the disk back: {again.seconds:.1f} s")


_RULE = "/etc/udev/rules.d/69-md-clustered-confirm-device.rules"
_AGENT = """
rm -f /tmp/notes /tmp/notify
setsid perl -MSocket -e 'socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un("/tmp/notify")) or die; open(N, ">>", "/tmp/notes");
    while (defined recv(S, $b, 4096, 0)) { syswrite(N, "$b\\n") }' </dev/null >/dev/null 2>&1 &
n=0; while [ ! -S /tmp/notify ] && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.1; done
NOTIFY_SOCKET=/tmp/notify setsid swmdadm --cluster-agent -v </dev/null >/tmp/agent.log 2>&1 &
echo $! >/tmp/agent.pid
n=0; while ! grep -qs READY=1 /tmp/notes && [ $n -lt 300 ]; do n=$((n+1)); sleep 0.1; done
grep -q READY=1 /tmp/notes
"""


def agent(stage: Stage, rounds: int = 6) -> None:
    """Node 2 has the agent and no udev rule, node 3 both; later the agent of node 3 is killed and its rule answers."""
    cluster.start(stage)
    second, third = stage.node(2), stage.node(3)
    second.sh(f"mv {_RULE} /tmp/rule && ln -s /dev/null {_RULE} && udevadm control --reload")
    try:
        for node in (second, third):
            node.script(_AGENT)
        _agents_answer(stage, rounds)
        for node in stage.nodes:
            _status_is_calm(stage, node)
        # The agent dies on node 3: the rule answers. On node 2 it is told to end.
        third.sh("kill -9 $(cat /tmp/agent.pid)")
        _attempt(stage, stage.node(1), "the add after the agent died", "--add /dev/lab/d3", GOOD | {"d3": "spare"})
        _attempt(stage, stage.node(1), "the remove after the agent died", "--remove /dev/lab/d3", GOOD)
        second.sh("kill -TERM $(cat /tmp/agent.pid)")
        second.wait("! [ -d /proc/$(cat /tmp/agent.pid) ]")
        second.wait("grep -q STOPPING=1 /tmp/notes")
        stage.note("service manager heard: " + ", ".join(sorted(set(second.out("cut -d= -f1 /tmp/notes").split()))))
    finally:
        # Without ours in its place mdadm's own rule would answer for this node in the cases that follow.
        second.sh(f"mv -f /tmp/rule {_RULE}; udevadm control --reload", check=False)
        for node in (second, third):
            node.sh("kill -9 $(cat /tmp/agent.pid); pkill perl", check=False)


def _agents_answer(stage: Stage, rounds: int) -> None:
    """Adds and removes from all nodes in turn; the agent without a rule beside it answered all of the others'."""
    second = stage.node(2)
    _rounds(stage, rounds, look=True)
    for node in (second, stage.node(3)):
        confirmed = node.sh("grep -c confirmed /tmp/agent.log", check=False).stdout.strip()
        stage.note(f"node {node.number}: the agent confirmed {confirmed} disks of {rounds} adds")
        others = sum(stage.nodes[number % len(stage.nodes)] is not node for number in range(rounds))
        if node is second and confirmed != str(others):
            stage.wrong(f"node 2: {confirmed} answers of its agent instead of {others}:\n" + node.out("cat /tmp/agent.log"))
    again = second.sh("swmdadm --cluster-agent", check=False)
    if again.status != 1 or "another" not in again.stderr:
        stage.wrong(f"a second agent: exit {again.status}: {again.stderr}")


def _status_is_calm(stage: Stage, node) -> None:
    """--cluster-status with the kernel's own locks in sight finds this node's slot and nothing wrong."""
    node.sh("mount -t debugfs none /sys/kernel/debug", check=False)
    status = node.sh("swmdadm --cluster-status", check=False)
    slot = node.number - 1
    expected = (f"(slot {slot}, this node)", f"bitmap{slot:04d} PW", "no-new-dev CR")
    if status.status != 0 or not all(words in status.stdout for words in expected):
        stage.wrong(f"node {node.number}: --cluster-status: exit {status.status}:\n{status.stdout}{status.stderr}")


def membership(stage: Stage) -> None:
    """A node leaves and comes back, told in words and as JSON."""
    cluster.start(stage)
    third = stage.node(3)
    left = json.loads(third.out(f"swmdadm --leave {cluster.ARRAY} --json"))
    wanted = {"schema": "swmdadm.membership/1", "device": cluster.ARRAY, "member": False, "before": True, "cluster": None,
              "slot": None, "peers": [1, 2]}
    stage.expect(left == wanted, f"--leave --json: {left}")
    stage.expect(third.out("ls /sys/block").find("md") < 0, "the array still runs on node 3")
    joined = json.loads(third.out(f"swmdadm --join {cluster.ARRAY} --json /dev/lab/d1 /dev/lab/d2"))
    stage.note(f"--join --json: {joined}")
    stage.expect(joined["member"] and not joined["before"] and joined["slot"] == 2 and joined["peers"] == [1, 2],
                 f"--join --json: {joined}")
    again = json.loads(third.out(f"swmdadm --join {cluster.ARRAY} --json /dev/lab/d1 /dev/lab/d2"))
    stage.expect(again["member"] and again["before"] and again["slot"] is None, f"--join --json again: {again}")
    done = third.sh(f"swmdadm --leave {cluster.ARRAY}")
    stage.expect(f"left {cluster.ARRAY}: one of the nodes 1, 2 takes over" in done.stderr + done.stdout, f"--leave: {done}")
    done = third.sh(f"swmdadm --leave {cluster.ARRAY} --json", check=False)
    stage.expect(done.status == 1 and done.stdout == "" and done.stderr != "", f"--leave of what is not there: {done}")
    done = third.sh(f"swmdadm --join {cluster.ARRAY} /dev/lab/d1 /dev/lab/d2")
    stage.expect("as slot 2; shared with nodes 1, 2" in done.stderr + done.stdout, f"--join: {done}")


CASES = [
    Case("cluster-agent", "the agent answers before the udev rule, beside it, and the rule where the agent died", agent, CLUSTER, 900),
    Case("cluster-add", "create on node 1, join on 2 and 3, add a disk from node 1", add, CLUSTER, 600),
    Case("cluster-membership", "a node leaves and joins again, in words and as JSON", membership, CLUSTER, 600),
    Case("cluster-missing-disk", "a disk that one node does not see is refused quickly and leaves no ghost", missing, CLUSTER, 600),
    Case("soak", "20 adds and removes in a row, initiator rotating, no pause", soak, CLUSTER, 1200),
    Case("soak-slow", "the same while node 2 has 200 more block devices, four of them 3 s slow", soak, CLUSTER, 1500),
]
