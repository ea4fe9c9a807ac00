"""Agents on all nodes: they are asked before a disk is added, and each node's answer is told before anything is written."""

import statistics

from compare import disks
from labkit.cases import CLUSTER, Case
from labkit.stage import Stage
from scenes import cluster

_START = """
setsid swmdadm --cluster-agent -v </dev/null >/tmp/agent.log 2>&1 &
echo $! >/tmp/agent.pid
"""
_STOP = "kill -TERM $(cat /tmp/agent.pid); n=0; while [ -d /proc/$(cat /tmp/agent.pid) ] && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.1; done; " \
        "! [ -d /proc/$(cat /tmp/agent.pid) ]"


def start(stage: Stage) -> None:
    """An agent on every node, and each of them among the agents of the array."""
    for node in stage.nodes:
        node.script(_START)
    for node in stage.nodes:
        node.wait("grep -q 'among the agents' /tmp/agent.log", timeout=120)


def stop(stage: Stage) -> None:
    """All agents end when they are asked to."""
    for node in stage.nodes:
        ended = node.sh(_STOP, check=False)
        if ended.status != 0:
            stage.wrong(f"node {node.number}: the agent does not end:\n" + node.out("cat /tmp/agent.log"))
            node.sh("kill -9 $(cat /tmp/agent.pid)", check=False)


def _refused(stage: Stage, what: str, words: str, options: str = "--add /dev/lab/d3") -> None:
    """The add from node 1 is refused at once with these words, and nothing was written to the disk."""
    before = disks.digest(stage.disk("d3"))
    done = cluster.manage(stage.node(1), options)
    stage.note(f"{what}: exit {done.status} after {done.seconds:.2f} s: {done.stderr.strip()}")
    if done.status != 1 or words not in done.stderr:
        stage.wrong(f"{what}: exit {done.status} must be 1 with {words!r}")
    if done.seconds >= 5:
        stage.wrong(f"{what}: {done.seconds:.1f} s")
    if disks.digest(stage.disk("d3")) != before:
        stage.wrong(f"{what}: the disk was written to")
    if differing := cluster.await_members(stage, cluster.GOOD, seconds=10):
        stage.wrong(f"{what}: " + "; ".join(differing))


def _added(stage: Stage, count: int) -> list[float]:
    """Seconds of so many adds from node 1, each of which is undone."""
    seconds = []
    for _ in range(count):
        done = cluster.manage(stage.node(1), "--add /dev/lab/d3")
        stage.expect(done.status == 0, f"--add: exit {done.status}: {done.stderr}\n{cluster.kernel_tail(stage)}")
        seconds.append(done.seconds)
        done = cluster.manage(stage.node(1), "--remove /dev/lab/d3")
        stage.expect(done.status == 0, f"--remove: exit {done.status}: {done.stderr}")
    return seconds


def preflight(stage: Stage) -> None:
    """Refusals with the reason of each node, and what a good add costs with and without agents."""
    cluster.start(stage)
    second, third = stage.node(2), stage.node(3)
    without = _added(stage, 10)
    start(stage)
    try:
        asked = _added(stage, 10)
        stage.note(f"a good add: median {statistics.median(without):.2f} s without agents, {statistics.median(asked):.2f} s with")
        # With a superblock of the array on it, mdadm's udev rule would add the disk by itself when it comes back.
        stage.node(1).sh("swmdadm --zero-superblock /dev/lab/d3")
        cluster.unplug(third, "d3")
        _refused(stage, "the disk is missing on node 3", "node 3: does not see the disk")
        cluster.plug_in(third, "d3")
        second.sh("modprobe dm-mod; echo 0 1000 linear /dev/lab/d3 0 | dmsetup create held")
        _refused(stage, "node 2 uses the disk", "node 2: uses the disk for something else")
        second.sh("dmsetup remove held")
        _added(stage, 1)
        status = stage.node(1).sh("swmdadm --cluster-status", check=False)
        stage.note(status.stdout)
        if status.status != 0 or "1 ready, 2 ready, 3 ready" not in status.stdout:
            stage.wrong(f"--cluster-status: exit {status.status}:\n{status.stdout}{status.stderr}")
        # An agent that dies is missed by nobody: its node is asked by the kernel.
        second.sh("kill -9 $(cat /tmp/agent.pid)")
        _added(stage, 1)
        second.script(_START)
        second.wait("grep -q 'among the agents' /tmp/agent.log", timeout=120)
        _added(stage, 1)
    finally:
        second.sh("dmsetup remove held", check=False)
        stop(stage)


CASES = [
    Case("agents-preflight", "agents say which node cannot take a disk, and why, before anything is written", preflight, CLUSTER, 900),
]
