"""--resync on the real md: what is paused stays where it is and goes on from there, and what runs on which node is told."""

import re
import time

from labkit.cases import ALONE, CLUSTER, Case
from labkit.stage import Node, Stage
from scenes import agents, cluster

MD = "/dev/md9"
SYS = "/sys/block/md9/md"


def _attribute(node: Node, name: str, directory: str = SYS) -> str:
    return node.out(f"cat {directory}/{name}")


def _says(stage: Stage, node: Node, line: str, words: str, status: int = 0) -> str:
    """A --resync of the program under test ends like this and says these words."""
    done = node.sh(f"swmdadm --resync {line}", check=False)
    said = done.stdout + done.stderr
    if done.status != status or words not in said:
        stage.wrong(f"node {node.number}: --resync {line}: exit {done.status} must be {status} with {words!r}:\n{said}")
    return said


def _throttle(node: Node, rate: str, directory: str = SYS) -> None:
    """KiB a second, or `system`."""
    node.sh(f"echo {rate} >{directory}/sync_speed_max; echo {'system' if rate == 'system' else 100} >{directory}/sync_speed_min")


def _begun(node: Node, directory: str = SYS) -> None:
    node.wait(f"read done rest <{directory}/sync_completed && [ $done -gt 0 ]")


def _resumed(stage: Stage, node: Node, place: int, what: str) -> None:
    """Goes on with what was paused, and not before the place of the pause; until the kernel's thread has set out, it shows 0."""
    said = node.out(f"swmdadm --resync {MD} resume")
    _begun(node)
    first = int(_attribute(node, "sync_completed").split()[0])
    if first < place:
        stage.wrong(f"the {what} was at {place} and goes on at {first}:\n{said}")
    stage.note(f"{what} paused at {place}, went on at {first}")


def _create(node: Node, options: str, rate: str = "1000") -> None:
    node.sh(f"swmdadm --create {MD} --run {options}")
    if "-l0" not in options:
        _throttle(node, rate)


def _remove(node: Node, disks: str) -> None:
    node.sh(f"swmdadm --stop {MD}; swmdadm --zero-superblock {disks}", check=False)


def _resync(stage: Stage, node: Node) -> None:
    """The first resync of a mirror: paused, left alone, resumed, followed to its end."""
    _create(node, "-l1 -n2 --bitmap=none /dev/lab/d1 /dev/lab/d2")
    _begun(node)
    stage.note(_says(stage, node, MD, f"{MD}: resync\n"))
    _says(stage, node, f"{MD} cancel", "it can only be paused", 1)
    stage.note(_says(stage, node, f"{MD} pause", "paused the resync"))
    place = _attribute(node, "resync_start")
    stage.note(_says(stage, node, MD, "resync is paused"))
    time.sleep(5)
    if _attribute(node, "resync_start") != place or _attribute(node, "sync_action") != "frozen":
        stage.wrong(f"the paused resync moved from {place} to {_attribute(node, 'resync_start')}")
    _says(stage, node, f"{MD} check", "resume goes on with it", 1)
    stage.note("mdstat: " + node.out("grep -A2 ^md9 /proc/mdstat").splitlines()[-1].strip())
    _resumed(stage, node, int(place), "resync")
    looked = node.sh(f"timeout --preserve-status -s INT 3 swmdadm --resync {MD} --follow", check=False)
    if looked.status != 1 or "the sync goes on" not in looked.stderr or _attribute(node, "sync_action") != "resync":
        stage.wrong(f"^C: exit {looked.status}: {looked.stdout}{looked.stderr}")
    node.sh(f"echo 100000 >{SYS}/sync_speed_max")
    _says(stage, node, f"{MD} --follow", "the resync is done")
    _says(stage, node, f"{MD} start", "everything is in sync")
    _remove(node, "/dev/lab/d1 /dev/lab/d2")


def _check(stage: Stage, node: Node) -> None:
    """A check of a mirror whose halves differ: paused, resumed, cancelled, done; repaired; and interrupted by a failure."""
    _create(node, "-l1 -n2 --bitmap=none --assume-clean /dev/lab/d1 /dev/lab/d2")
    node.sh("dd if=/dev/urandom of=/dev/lab/d2 bs=64k seek=60 count=1 oflag=direct conv=notrunc")
    _says(stage, node, f"{MD} check", "started a check")
    _begun(node)
    _says(stage, node, f"{MD} pause", "paused the check")
    place = int(_attribute(node, "sync_min"))
    waited = node.sh(f"timeout 100 mdadm --wait {MD}", check=False)
    stage.note(f"mdadm --wait of a paused check: exit {waited.status} after {waited.seconds:.0f} s")
    _resumed(stage, node, place, "check")
    if place == 0 or int(_attribute(node, "sync_min")) != place:
        stage.wrong(f"the check was at {place}, sync_min is {_attribute(node, 'sync_min')}")
    _says(stage, node, f"{MD} cancel", "cancelled the check")
    if (_attribute(node, "sync_action"), _attribute(node, "sync_min")) != ("idle", "0"):
        stage.wrong("a cancelled check leaves something behind")
    _throttle(node, "system")
    _says(stage, node, f"{MD} check --follow", "128 sectors differed")
    _says(stage, node, f"{MD} repair --follow", "are alike now")
    _says(stage, node, f"{MD} check --follow", "no differences")
    _throttle(node, "4000")
    drawn = node.sh(f"script -qec 'stty cols 70; swmdadm --resync {MD} check --follow' /dev/null", check=False)
    lines = [line for line in re.split(r"[\r\n]+", drawn.stdout) if "\x1b[K" in line]
    stage.note("on a terminal: " + repr(lines[len(lines) // 2] if lines else drawn.stdout[:300]))
    if drawn.status != 0 or len(lines) < 3 or any(len(line) > 69 + 3 for line in lines):
        stage.wrong(f"on a terminal: exit {drawn.status}: {drawn.stdout[:600]!r}")
    _throttle(node, "1000")
    node.sh(f"(sleep 4; swmdadm {MD} --fail /dev/lab/d2) >/dev/null 2>&1 &")
    _says(stage, node, f"{MD} check --follow", "a member failed", 1)


def _recovery(stage: Stage, node: Node) -> None:
    """Goes on with the mirror that `_check` left degraded: a recovery, paused and resumed."""
    _says(stage, node, f"{MD} check", "rebuild first", 1)
    _says(stage, node, f"{MD} start", "has no spare", 1)
    node.sh(f"swmdadm {MD} --remove /dev/lab/d2 --add /dev/lab/d3")
    _begun(node)
    _says(stage, node, f"{MD} pause", "paused the recovery")
    place = node.out(f"cat {SYS}/dev-*/recovery_start")
    time.sleep(5)
    if node.out(f"cat {SYS}/dev-*/recovery_start") != place or _attribute(node, "degraded") != "1":
        stage.wrong(f"the paused recovery moved from {place.split()}")
    # Another command that freezes the array for a moment leaves the pause alone.
    node.sh(f"swmdadm {MD} --add /dev/lab/d4; mdadm {MD} --add /dev/lab/d5")
    if _attribute(node, "sync_action") != "frozen":
        stage.wrong("an --add ended the pause")
    _throttle(node, "system")
    _says(stage, node, f"{MD} resume --follow", "the recovery is done")
    if _attribute(node, "degraded") != "0":
        stage.wrong("still degraded")
    _remove(node, "/dev/lab/d1 /dev/lab/d3 /dev/lab/d4 /dev/lab/d5")


def _others(stage: Stage, node: Node) -> None:
    """Arrays in which nothing can be synced."""
    _create(node, "-l0 -n2 /dev/lab/d1 /dev/lab/d2")
    _says(stage, node, MD, "nothing is being synced")
    _says(stage, node, f"{MD} check", "has no redundancy", 1)
    _remove(node, "/dev/lab/d1 /dev/lab/d2")
    _create(node, "-l5 -n3 --assume-clean /dev/lab/d1 /dev/lab/d2 /dev/lab/d3")
    _says(stage, node, f"{MD} check", "started a check")
    _begun(node)
    _says(stage, node, f"{MD} pause", "paused the check")
    _says(stage, node, f"{MD} resume", "goes on")
    _says(stage, node, f"{MD} cancel", "cancelled the check")
    node.sh(f"swmdadm --readonly {MD}")
    _says(stage, node, f"{MD} check", "read-only", 1)
    _remove(node, "/dev/lab/d1 /dev/lab/d2 /dev/lab/d3")
    _says(stage, node, "/dev/lab/d1", "does not appear to be an md device", 1)


def alone(stage: Stage) -> None:
    """All of it on one node."""
    node = stage.node(1)
    _resync(stage, node)
    _check(stage, node)
    _recovery(stage, node)
    _others(stage, node)


def _directory(node: Node) -> str:
    return f"/sys/block/{node.out(f'basename $(readlink -f {cluster.ARRAY})')}/md"


def shared(stage: Stage) -> None:
    """A check on node 1, seen and not steered from node 2; a recovery that passes from node to node, and is held up everywhere."""
    cluster.start(stage)
    agents.start(stage)
    try:
        places = {node: _directory(node) for node in stage.nodes}
        for node, place in places.items():
            _throttle(node, "300", place)
        _shared_check(stage, places)
        _shared_recovery(stage, places)
    finally:
        agents.stop(stage)


def _shared_check(stage: Stage, places: dict) -> None:
    first, second = stage.node(1), stage.node(2)
    array = cluster.ARRAY
    _says(stage, first, f"{array} check", "started a check")
    _begun(first, places[first])
    stage.note(_says(stage, first, array, "check on this node (node 1"))
    second.wait(f"swmdadm --resync {array} | grep -q 'node 1.*are left'", timeout=90)
    stage.note(_says(stage, second, array, "on another node (node 1"))
    for verb in ("pause", "check", "cancel"):
        _says(stage, second, f"{array} {verb}", f"run swmdadm --resync {array} on node 1", 1)
    stage.note(second.out(f"swmdadm --resync {array} --json"))
    _says(stage, first, f"{array} pause", "paused the check")
    position = _attribute(first, "sync_min", places[first])
    # No window stays closed to the others' writes, and nobody takes a check over.
    written = second.sh(f"timeout -s KILL 20 dd if=/dev/zero of={array} bs=4k count=1 oflag=direct seek=$(({position} / 8))", check=False)
    if written.status != 0:
        stage.wrong(f"a paused check holds back a write of node 2: {written.stderr}")
    time.sleep(3)
    for node in stage.nodes[1:]:
        _says(stage, node, array, "nothing is being synced")
    if _attribute(first, "sync_min", places[first]) != position:
        stage.wrong("the paused check moved")
    _says(stage, first, f"{array} resume", "the check of")
    _says(stage, first, f"{array} cancel", "cancelled the check")


def _worker(stage: Stage) -> Node | None:
    """The node whose mdstat shows a bar."""
    for node in stage.nodes:
        if node.sh("grep -q 'recovery = ' /proc/mdstat", check=False).status == 0:
            return node
    return None


def _next_worker(stage: Stage, before: list[Node]) -> Node:
    """The node that recovers once those before have stopped."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        worker = _worker(stage)
        if worker is not None and worker not in before:
            return worker
    stage.expect(False, "nobody recovers")
    raise AssertionError


def _shared_recovery(stage: Stage, places: dict) -> None:
    array = cluster.ARRAY
    first = stage.node(1)
    first.sh(f"swmdadm {array} --fail /dev/lab/d2 --remove /dev/lab/d2")
    first.sh(f"swmdadm {array} --add /dev/lab/d3")
    first.wait("grep -qE 'recovery =|recover=' /proc/mdstat", timeout=60)
    # A node that waits for its turn would hang in the kernel until the other's sync ends: it is refused. The one that works
    # is paused, the next one takes over, and so on until none is left.
    workers: list[Node] = []
    while len(workers) < len(stage.nodes):
        worker = _next_worker(stage, workers)
        if not workers:
            waiting = next(node for node in stage.nodes if node is not worker)
            # Until its thread has set out it does not wait, and can be paused.
            waiting.wait(f"swmdadm --resync {array} | grep -q 'on another node'", timeout=60)
            _says(stage, waiting, f"{array} pause", "only there can that be steered", 1)
        said = _says(stage, worker, f"{array} pause", "goes on with it unless it is paused on all")
        workers.append(worker)
        stage.note(f"node {worker.number}: {said}")
    worker = workers[-1]
    before = worker.out(f"cat {places[worker]}/dev-*/recovery_start")
    time.sleep(5)
    if _worker(stage) is not None or worker.out(f"cat {places[worker]}/dev-*/recovery_start") != before:
        stage.wrong("the recovery is not held up by a pause on all nodes")
    stage.note(_says(stage, worker, array, "recover is paused"))
    stage.note("held up on all nodes at " + " ".join(before.split()))
    for node, place in places.items():
        _throttle(node, "system", place)
        _says(stage, node, f"{array} resume", "")
    for node, place in places.items():
        node.wait(f"[ $(cat {place}/degraded) = 0 ] && [ $(cat {place}/sync_action) = idle ]", timeout=180)


CASES = [
    Case("resync", "a sync is paused where it is and goes on from there, and its end is told with its cause", alone, ALONE, 1800),
    # The kernel's own complaint when a recovery goes on on another node at a place that is no multiple of the bitmap's chunk.
    Case("resync-shared", "which node syncs is told on all, and what is paused on all nodes stands still", shared, CLUSTER, 1500,
         expected_log=("bitmap_sync_with_cluster", r"\] Call Trace:")),
]
