"""One clustered array on all nodes of a lab, and questions about it that are answered by the kernels, not by any tool."""

import dataclasses

from labkit.stage import Node, Stage

ARRAY = "/dev/md/shared"
PROGRAM = "swmdadm"
# What `start` makes.
GOOD = {"d1": "in_sync", "d2": "in_sync"}


def create(stage: Stage, disks: tuple[str, ...] = ("d1", "d2"), nodes: int = 4) -> None:
    """Creates the array on node 1. The nodes stay as Debian ships them: md_mod start_ro=1."""
    members = " ".join(f"/dev/lab/{disk}" for disk in disks)
    stage.node(1).sh(f"{PROGRAM} --create {ARRAY} --run --assume-clean --level=1 --raid-devices={len(disks)} "
                     f"--bitmap=clustered --nodes={nodes} {members}")


def join(stage: Stage, others: list[Node] | None = None, disks: tuple[str, ...] = ("d1", "d2")) -> None:
    """Joins the other nodes, one after the other, as an admin would."""
    members = " ".join(f"/dev/lab/{disk}" for disk in disks)
    for node in others or stage.nodes[1:]:
        node.sh(f"{PROGRAM} --join {ARRAY} {members}")


def start(stage: Stage) -> None:
    """Creates, joins, and makes sure that every node is what the cases that follow suppose."""
    shipped = stage.together(lambda node: node.out("modprobe md_mod; cat /sys/module/md_mod/parameters/start_ro"))
    stage.expect(shipped == ["1"] * len(stage.nodes), f"start_ro is {shipped}, not as Debian ships it")
    create(stage)
    join(stage)
    for node in stage.nodes:
        stage.expect(members(node) == GOOD, f"node {node.number} has {members(node)}")


def restart_managers(stage: Stage, setting: str) -> None:
    """Starts the lock managers again with another setting: as the lab has them, they go on without quorum. The lockspaces of killed
    programs, of which a lock manager does not let go, are left first."""
    stage.together(lambda node: node.sh(
        "for space in /sys/kernel/dlm/swmd-*; do [ ! -d $space ] || dlm_tool leave ${space##*/}; done; "
        f"sed -i 's/^{setting.split('=')[0]}=.*/{setting}/' /etc/dlm/dlm.conf; kill $(pidof dlm_controld) && "
        "while pidof dlm_controld >/dev/null; do sleep 0.2; done; /usr/lib/lab/cluster-start", timeout=120))


def unplug(node: Node, disk: str) -> None:
    """The node does not see the disk any more."""
    node.sh(f"disk=$(readlink -f /dev/lab/{disk}); echo 1 >/sys/block/${{disk##*/}}/device/delete; udevadm settle")


def plug_in(node: Node, disk: str) -> None:
    """The node sees the disk again."""
    node.sh("for host in /sys/class/scsi_host/*; do echo '- - -' >$host/scan; done; udevadm settle")
    node.wait(f"[ -b /dev/lab/{disk} ]")


@dataclasses.dataclass
class Attempt:
    """One call of the program under test."""

    seconds: float
    status: int
    stderr: str


def manage(node: Node, arguments: str, timeout: float = 120) -> Attempt:
    """One --manage call, timed in the guest so that the control line does not count."""
    done = node.sh(f"start=$(date +%s%N); {PROGRAM} --manage {ARRAY} {arguments}; status=$?; "
                   "echo $(( ($(date +%s%N) - start) / 1000 )); exit $status", check=False, timeout=timeout)
    return Attempt(int(done.stdout.split()[-1]) / 1e6, done.status, done.stderr.strip())


# Prints "DISK STATE" for every member the kernel has, by the disk's serial number: names differ from node to node.
_MEMBERS = r"""
array=$(readlink -f %s); dir=/sys/block/${array##*/}/md
for link in /dev/lab/*; do target=$(readlink -f $link); eval "serial_${target##*/}=${link##*/}"; done
for member in $dir/dev-*; do
    [ -d $member ] || continue
    name=${member##*/dev-}; eval "serial=\$serial_$name"
    echo "${serial:-$name} $(cat $member/state)"
done
"""


def members(node: Node) -> dict[str, str]:
    """The array's members as this node's kernel has them: disk to state."""
    lines = node.script(_MEMBERS % ARRAY).stdout.splitlines()
    return {disk: state for disk, _, state in (line.partition(" ") for line in lines)}


def await_members(stage: Stage, expected: dict[str, str], seconds: float = 20) -> list[str]:
    """Gives the nodes some time to agree (removal elsewhere is asynchronous); returns who still differs."""
    import time
    end = time.monotonic() + seconds
    while True:
        seen = stage.together(members)
        differing = [f"node {node.number} has {have}" for node, have in zip(stage.nodes, seen) if have != expected]
        if not differing or time.monotonic() > end:
            return differing


def kernel_tail(stage: Stage) -> str:
    """The last md and dlm lines of every node, for the report of a failure."""
    tails = stage.together(lambda node: node.sh("dmesg | grep -E 'md|dlm' | grep -vE 'recover|add member|generation|clear_inactive|group event|join|leav|lockspace|connect|version' | tail -n 10", check=False).stdout)
    return "\n".join(f"node {node.number}:\n{tail}" for node, tail in zip(stage.nodes, tails))
