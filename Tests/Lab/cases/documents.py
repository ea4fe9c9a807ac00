"""--json and --explain on the real md: documents are of their schemas and agree with the kernel, and the commands that --explain gives work."""

import json
import shlex

from labkit.cases import ALONE, Case
from labkit.stage import Node, Stage
from scenes import schemas


def _json(stage: Stage, node: Node, line: str, status: int = 0) -> dict:
    """The document of a command, held to its schema; what is on standard error must be one, too."""
    done = node.sh(f"swmdadm {line} --json", check=False)
    stage.expect(done.status == status, f"{line}: exit {done.status} must be {status}: {done.stdout}{done.stderr}")
    try:
        if done.stderr:
            schemas.read(done.stderr)
        return schemas.read(done.stdout or done.stderr)
    except (ValueError, KeyError) as error:
        stage.wrong(f"{line}: {error}:\n{done.stdout}{done.stderr}")
        raise


def _explain(stage: Stage, node: Node, operand: str, verdict: str) -> dict:
    """What --explain says of an operand, which must be this; its commands say what they cost."""
    found = _json(stage, node, f"--explain {operand}")["subjects"][0]
    text = node.out(f"swmdadm --explain {operand}")
    if found["verdict"] != verdict:
        stage.wrong(f"--explain {operand}: {found['verdict']} must be {verdict}:\n{text}")
    for advice in found["advice"]:
        forced = any("--force" in command for command in advice["commands"])
        stage.expect(forced == advice["loses_data"] == ("LOSES DATA" in advice["text"]), f"a cost is not told: {advice}")
    stage.note(text)
    return found


def _follow(node: Node, found: dict) -> list[str]:
    """Does what --explain says last, to the letter."""
    commands = [advice for advice in found["advice"] if advice["commands"]][-1]["commands"]
    for command in commands:
        node.sh(command)
    node.sh("udevadm settle")
    return commands


def _disks(*numbers: int) -> str:
    return " ".join(f"/dev/lab/d{number}" for number in numbers)


def _mirror(stage: Stage, node: Node) -> None:
    """A mirror with a bitmap: its health, a member that fails, and the way back."""
    node.sh(f"mdadm --create /dev/md1 --run --assume-clean --bitmap=internal -l1 -n2 {_disks(1, 2)} && udevadm settle")
    array = _json(stage, node, "--detail /dev/md1")["arrays"][0]
    export = dict(line.split("=", 1) for line in node.out("mdadm --detail --export /dev/md1").splitlines())
    for key, value in (("uuid", export["MD_UUID"]), ("name", export["MD_NAME"]), ("level", "raid1"), ("health", "ok"),
                       ("redundancy_left", 1), ("size", int(node.out("cat /sys/block/md1/size")) * 512)):
        stage.expect(array[key] == value, f"--detail --json: {key} is {array[key]!r}, must be {value!r}")
    member = _json(stage, node, f"--examine {_disks(1, 2)}")["devices"][1]["superblock"]
    stage.expect(member["uuid"] == array["uuid"] and member["slot"] == 1, f"--examine --json: {member}")
    for line in ("--detail --scan", "--examine --scan", f"--query /dev/md1 {_disks(1)}", f"--examine-bitmap {_disks(1)}",
                 f"--examine-badblocks {_disks(1)}", "--resync /dev/md1", "--manage /dev/md1 --fail /dev/lab/d1 --dry-run",
                 f"--create /dev/md9 --run -l1 -n2 --dry-run {_disks(3, 4)}"):
        _json(stage, node, line)
    _json(stage, node, "--detail /dev/lab/d3", 1)
    _explain(stage, node, "/dev/md1", "ok")
    second = node.out("readlink -f /dev/lab/d2")
    node.sh(f"mdadm /dev/md1 --fail {second} && dd if=/dev/urandom of=/dev/md1 bs=64k count=4 oflag=direct")
    found = _explain(stage, node, "/dev/md1", "degraded")
    health = _json(stage, node, "--detail /dev/md1")["arrays"][0]
    stage.expect((health["health"], health["redundancy_left"]) == ("degraded", 0), f"health: {health['health']}")
    _explain(stage, node, second, "faulty")
    node.sh(found["advice"][0]["commands"][0])
    left = _explain(stage, node, second, "left")
    stage.expect("--re-add" in left["advice"][0]["commands"][0], f"{second} can be taken back by the bitmap: {left}")
    _follow(node, left)
    node.sh("swmdadm --wait /dev/md1", check=False)
    node.wait("[ $(cat /sys/block/md1/md/degraded) = 0 ]")
    _explain(stage, node, second, "member")
    node.sh("swmdadm --readonly /dev/md1")
    _follow(node, _explain(stage, node, "/dev/md1", "read-only"))
    _explain(stage, node, "/dev/md1", "ok")
    node.sh(f"mdadm /dev/md1 --add {_disks(3)} && udevadm settle")
    _explain(stage, node, "/dev/lab/d3", "spare")


def _progress(stage: Stage, node: Node) -> None:
    """--wait draws on a terminal, and only there."""
    # Other cases of the same guest want syncs to be quick.
    node.sh("cd /sys/block/md1/md; echo 1000 >sync_speed_min; echo 2000 >sync_speed_max; echo check >sync_action")
    drawn = node.out("script -qec 'stty cols 100; timeout 5 swmdadm --wait /dev/md1' /dev/null || true")
    stage.expect("KiB/s" in drawn and "left" in drawn, f"--wait draws nothing: {drawn!r}")
    stage.note("--wait: " + drawn.split("\r")[-2].strip())
    quiet = node.sh("timeout 3 swmdadm --wait /dev/md1", check=False)
    stage.expect(not quiet.stdout and not quiet.stderr, f"--wait speaks without a terminal: {quiet}")
    checking = _json(stage, node, "--detail /dev/md1")["arrays"][0]
    stage.expect(checking["health"] == "checking" and checking["sync"]["action"] == "check", f"{checking['sync']}")
    node.sh("echo idle >/sys/block/md1/md/sync_action")


def _inactive(stage: Stage, node: Node) -> None:
    """A raid5 that does not start: with enough members, and then with none but a stale one to fill up."""
    make = f"mdadm --create /dev/md5 --run --assume-clean --bitmap=none -l5 -n3 {_disks(4, 5, 6)}"
    node.sh(f"{make} && udevadm settle && mdadm --stop /dev/md5 && udevadm settle")
    # The third member misses what is written now.
    node.sh(f"mdadm --assemble --run /dev/md5 {_disks(4, 5)} && dd if=/dev/urandom of=/dev/md5 bs=64k count=4 oflag=direct")
    node.sh("udevadm settle; mdadm --stop /dev/md5 && udevadm settle")
    _explain(stage, node, "/dev/lab/d6", "waits")
    node.sh(f"for disk in {_disks(4, 6)}; do mdadm --incremental --no-degraded $disk || true; done; udevadm settle")
    name = node.out("awk '$3 == \"inactive\" {print \"/dev/\" $1}' /proc/mdstat").strip()
    stage.expect(bool(name), "nothing is inactive: " + node.out("cat /proc/mdstat"))
    commands = _follow(node, _explain(stage, node, name, "starts-degraded"))
    stage.expect("--run" in commands[-1] and "--force" not in commands[-1], f"{commands}")
    node.wait("grep -q 'active.* raid5' /proc/mdstat")
    _explain(stage, node, name, "degraded")
    node.sh(f"mdadm --stop {name} && udevadm settle && mdadm --zero-superblock /dev/lab/d5 && udevadm settle")
    commands = _follow(node, _explain(stage, node, "/dev/lab/d4", "waits"))
    stage.expect("--force" in commands[-1], f"only a stale member fills up: {commands}")
    node.wait("grep -q 'active.* raid5' /proc/mdstat")
    target = shlex.split(commands[-1])[-3]
    node.sh(f"mdadm --stop {target} && udevadm settle && mdadm --zero-superblock /dev/lab/d6 && udevadm settle")
    found = _explain(stage, node, "/dev/lab/d4", "waits")
    stage.expect(not any(advice["commands"] for advice in found["advice"]), f"one of three starts nothing: {found}")


def _others(stage: Stage, node: Node) -> None:
    """Devices that are no members, or of an array that somebody else made."""
    _explain(stage, node, "/dev/lab/d8", "blank")
    node.sh("mkfs.ext4 -qF /dev/lab/d8 && mkdir -p /tmp/m")
    found = _explain(stage, node, "/dev/lab/d8", "foreign")
    stage.expect(found["content"] == "ext4", f"{found['content']}")
    node.sh("mount /dev/lab/d8 /tmp/m")
    found = _explain(stage, node, "/dev/lab/d8", "in-use")
    stage.expect(found["users"] == ["/tmp/m"], f"{found['users']}")
    node.sh("umount /tmp/m")
    node.sh(f"mdadm --create /dev/md/far --run --homehost=elsewhere --assume-clean -l1 -n2 {_disks(9, 10)} && udevadm settle && "
            "mdadm --stop /dev/md/far && udevadm settle")
    _explain(stage, node, "/dev/lab/d9", "waits")
    node.sh("echo 1 >/sys/module/md_mod/parameters/start_ro")
    node.sh(f"mdadm --assemble /dev/md7 {_disks(9, 10)} && udevadm settle")
    _explain(stage, node, "/dev/md7", "auto-read-only")
    node.sh("mdadm --stop /dev/md7 && udevadm settle")


def documents(stage: Stage) -> None:
    """All of it on one machine."""
    node = stage.node(1)
    for part in (_mirror, _progress, _inactive, _others):
        part(stage, node)
    errors = node.sh("swmdadm --detail --json /dev/none", check=False)
    stage.expect(json.loads(errors.stderr)["errors"][0]["reason"] == "cannot-open", errors.stderr)


CASES = [Case("json", "reports, plans and errors as JSON, and why an array is as it is", documents, ALONE, 600)]
