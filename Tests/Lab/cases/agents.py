"""Agents on all nodes: they are asked before a disk is added, and each node's answer is told before anything is written."""

import statistics

from compare import disks
from labkit.cases import CLUSTER, Case
from labkit.stage import Stage
from scenes import agents, cluster, tensteps, tracing


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
    agents.start(stage)
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
        _nonsense(stage, second)
        # An agent that dies is missed by nobody: its node is asked by the kernel.
        second.sh("kill -9 $(cat /tmp/agent.pid)")
        _added(stage, 1)
        agents.launch(second)
        _added(stage, 1)
    finally:
        second.sh("dmsetup remove held", check=False)
        agents.stop(stage)


# Asks for nonsense, prints what it gets; then many that ask nothing, and a uevent that is not the kernel's.
_NONSENSE = r"""
sub meet { socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0); connect($s, sockaddr_un("/run/swmdadm/cluster-agent.socket")) or die "connect: $!"; $s }
for my $packet ("swmdadm 2 look", "swmdadm 1 look", "swmdadm 1 look " . "0" x 8000, "\0\xff" x 100) {
    my $s = meet; send($s, $packet, 0); recv($s, my $answer, 4096, 0); print "$answer\n";
}
my @silent = map { meet } 1 .. 12;
my $text = join("\0", 'change@/devices/virtual/block/md127', "ACTION=change", "DEVPATH=/devices/virtual/block/md127", "SUBSYSTEM=block",
    "DEVNAME=md127", "DEVTYPE=disk", "SEQNUM=999999999", "EVENT=ADD_DEVICE", "DEVICE_UUID=01234567-89ab-cdef-0123-456789abcdef", "RAID_DISK=5", "");
socket(my $n, 16, 3, 15); defined send($n, $text, 0, pack("S x2 L L", 16, 0, 1)) or die "netlink: $!";
select(undef, undef, undef, 4);
"""


def _nonsense(stage: Stage, node) -> None:
    """Nonsense at the agent's socket is answered and logged, silence and a forged uevent change nothing."""
    node.write("/tmp/nonsense.pl", "use Socket;" + _NONSENSE)
    before = agents.log(node)
    said = node.out("perl /tmp/nonsense.pl")
    if said.splitlines() != ["swmdadm 1 not-understood"] * 4:
        stage.wrong(f"nonsense was answered with: {said}")
    after = agents.log(node)[len(before):]
    if after.count("does not know") != 4 or "answered no" in after or "confirmed" in after:
        stage.wrong(f"nonsense led to: {after}")
    status = node.sh("swmdadm --cluster-status", check=False)
    if "1 ready, 2 ready, 3 ready" not in status.stdout:
        stage.wrong(f"after nonsense --cluster-status: {status.stdout}{status.stderr}")


# Changes of devices that nothing uses, and of the array itself, until there are 500 of them: minutes of work for udev here.
_FLOOD = r"""
array=$(readlink -f %s); files=/sys/block/${array##*/}/uevent
for disk in d4 d5 d6 d7 d8; do link=$(readlink -f /dev/lab/$disk); files="$files /sys/block/${link##*/}/uevent"; done
n=0; while [ $n -lt 500 ]; do for file in $files; do echo change >$file; n=$((n+1)); done; done
""" % cluster.ARRAY
# Ends udev with all that it has still to do, and starts it as the guest's init does.
_FRESH_UDEV = """
udevadm control --exit; pkill -x -KILL systemd-udevd; while pidof systemd-udevd >/dev/null; do sleep 0.1; done; rm -f /run/udev/queue
/usr/lib/systemd/systemd-udevd --daemon; udevadm control --ping
"""


def answer(stage: Stage, rounds: int = 10) -> None:
    """How long after the kernel's announcement an agent answers, on a node whose udev has hundreds of events to handle and on one at rest."""
    cluster.start(stage)
    agents.start(stage)
    busy = stage.node(2)
    try:
        trace = tracing.Trace(stage, "lab/newdisk lab/add lab/ack printk/console")
        busy.script(_FLOOD)
        for number in range(rounds):
            done = cluster.manage(stage.node(1), "--add /dev/lab/d3")
            stage.expect(done.status == 0, f"add {number + 1}: exit {done.status}: {done.stderr}\n{cluster.kernel_tail(stage)}")
            done = cluster.manage(stage.node(1), "--remove /dev/lab/d3")
            stage.expect(done.status == 0, f"remove {number + 1}: exit {done.status}: {done.stderr}")
        stage.expect(busy.sh("[ -e /run/udev/queue ]", check=False).status == 0, "udev on node 2 was done before the adds were")
        events = trace.read()
        for node in stage.nodes[1:]:
            _judge(stage, node, [event for event in events if event.node == node.number], rounds)
    finally:
        busy.script(_FRESH_UDEV)
        agents.stop(stage)


def _judge(stage: Stage, node, events: list[tracing.Event], rounds: int) -> None:
    """One announcement and one effective answer per add, and the time between them."""
    announced = [event for event in events if event.name == "newdisk"]
    spans, answers = [], 0
    for begun, until in zip(announced, [event.time for event in announced[1:]] + [float("inf")]):
        within = [event for event in events if begun.time <= event.time < until]
        said = next((event for event in within if event.name == "console" and "DEVICE_UUID=" in event.text), begun)
        confirmed = [event for event in within if event.name == "add" and int(event.field("state"), 16) & tensteps.CANDIDATE]
        acks = [event.field("ack") for event in within if event.name == "ack"]
        answers += len(acks)
        if acks != ["1"] or len(confirmed) != 1:
            stage.wrong(f"node {node.number}: an add was answered by {len(confirmed)} confirmations and with {acks}")
        if confirmed:
            spans.append((confirmed[0].time - said.time) * 1000)
    logged = agents.log(node).count("confirmed ")
    if len(announced) != rounds or logged != rounds:
        stage.wrong(f"node {node.number}: {len(announced)} announcements and {logged} answers of the agent in {rounds} adds:\n{agents.log(node)}")
    if spans:
        name = "udev is busy" if node.number == 2 else "udev is at rest"
        stage.note(f"node {node.number}, where {name}: from the announcement to the answer: median {statistics.median(spans):.0f} ms, longest {max(spans):.0f} ms ("
                   + " ".join(f"{span:.0f}" for span in spans) + ")")


CASES = [
    Case("agents-preflight", "agents say which node cannot take a disk, and why, before anything is written", preflight, CLUSTER, 900),
    Case("agents-answer", "how soon agents answer the kernel, while udev is at rest and while it has hundreds of events to handle", answer, CLUSTER, 900),
]
