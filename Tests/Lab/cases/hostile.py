"""Disks that lie, break or belong to somebody: swmdadm answers in words, at once, and changes nothing."""

import dataclasses
import re
import shutil
import struct
import tarfile

from compare import disks
from labkit.cases import Case
from labkit.stage import Stage

# What a program did when it was ended by a signal, or by `timeout`.
CRASHED = range(124, 256)
NAMES = {
    "config line": b"a\nPROGRAM /tmp/x\nA=1",
    "terminal codes": b"x\x1b[2J\x1b]0;owned\x07",
    "shell": b"x$(id)`id`;\"' a/../../b",
    "not UTF-8": b"\xff\xfe\x80abc",
}


def superblock(stage: Stage, level: str = "1", more: str = "") -> bytes:
    """A real 1.2 superblock of d1, written by the original in an array of two, or four for raid10."""
    count = 4 if level == "10" else 2
    members = " ".join(f"/dev/lab/d{number}" for number in range(1, count + 1))
    stage.node(1).sh(f"mdadm --create /dev/md/seed --run --assume-clean -l{level} -n{count} -b none {more} {members} && "
                     f"udevadm settle && mdadm --stop /dev/md/seed && udevadm settle && sync", timeout=180)
    with open(stage.disk("d1"), "rb") as file:
        file.seek(4096)
        return file.read(4096)


def changed(block: bytes, *patches: tuple[int, bytes], seal: bool = True) -> bytes:
    """The superblock with some bytes replaced, and the checksum made right again unless the change is to it."""
    data = bytearray(block)
    for offset, value in patches:
        data[offset:offset + len(value)] = value
    if seal:
        roles = min(struct.unpack_from("<I", data, 220)[0], (4096 - 256) // 2)
        struct.pack_into("<I", data, 216, _sum(bytes(data), roles))
    return bytes(data)


def _sum(data: bytes, roles: int) -> int:
    limited = bytearray(data)
    struct.pack_into("<I", limited, 220, roles)
    total = disks.checksum(bytes(limited))
    # The role count itself is part of the sum.
    return (total + struct.unpack_from("<I", data, 220)[0] - roles) & 0xFFFFFFFF


def lies(mirror: bytes, striped: bytes) -> dict[str, bytes]:
    """Superblocks with one lie each; all of users.md 5.2 and their neighbours."""
    u32, u64 = (lambda value: struct.pack("<I", value)), (lambda value: struct.pack("<Q", value))
    found = {
        "max_dev 65535": changed(mirror, (220, u32(65535))),
        "max_dev huge": changed(mirror, (220, u32(0xFFFFFFFF))),
        "max_dev 0": changed(mirror, (220, u32(0))),
        "raid10 layout 0": changed(striped, (76, u32(0))),
        "raid10 layout 0x100": changed(striped, (76, u32(0x100))),
        "raid10 layout all ones": changed(striped, (76, u32(0xFFFFFFFF))),
        "level huge": changed(mirror, (72, u32(0x7FFFFFFF))),
        "level very negative": changed(mirror, (72, u32(0x80000000))),
        "raid_disks all ones": changed(mirror, (92, u32(0xFFFFFFFF))),
        "raid_disks 0": changed(mirror, (92, u32(0))),
        "chunk size huge": changed(striped, (88, u32(0xFFFFFFFF))),
        "chunk size 0": changed(striped, (88, u32(0))),
        "size huge": changed(mirror, (80, u64(0xFFFFFFFFFFFFFFFF))),
        "data size huge": changed(mirror, (136, u64(0xFFFFFFFFFFFFFFFF))),
        "data offset huge": changed(mirror, (128, u64(0xFFFFFFFFFFFFFFF0))),
        "super offset elsewhere": changed(mirror, (144, u64(123456))),
        "dev_number huge": changed(mirror, (160, u32(0xFFFFFFFF))),
        "bad block log huge": changed(mirror, (184, b"\0\xff\xff\xff\xff\xff\xff\xff"), (8, u32(8))),
        "bad block log negative": changed(mirror, (184, b"\0\x09\x08\0\0\0\0\x80"), (8, u32(8))),
        "bitmap elsewhere": changed(mirror, (8, u32(1)), (96, u32(0x80000000))),
        "reshape in progress": changed(mirror, (8, u32(4)), (104, u64(0xFFFFFFFFFFFFFFFF)), (112, u32(0x80000000))),
        "new layout and chunk": changed(striped, (8, u32(4)), (100, u32(10)), (116, u32(0)), (120, u32(0))),
        "clustered without cluster": changed(mirror, (8, u32(0x101)), (96, u32(8))),
        "unknown features": changed(mirror, (8, u32(0xFFFFFFFF))),
        "creation time far away": changed(mirror, (64, u64(0xFFFFFFFFFFFFFFFF))),
        "update time far away": changed(mirror, (192, u64(0xFFFFFFFFFFFFFFFF))),
        "events all ones": changed(mirror, (200, u64(0xFFFFFFFFFFFFFFFF))),
        "roles beyond the array": changed(mirror, (256, struct.pack("<HH", 0x7FFF, 0x1234))),
        "major 2": changed(mirror, (4, u32(2))),
        "checksum wrong": changed(mirror, (216, b"\1\2\3\4"), seal=False),
        "all ones": mirror[:4] + b"\xff" * 4092,
    }
    for name, text in NAMES.items():
        found[f"name: {name}"] = changed(mirror, (32, text[:32].ljust(32, b"\0")))
    return found


COMMANDS = ("--examine {}", "--examine --brief {}", "--examine --export {}", "--examine -v --brief {}", "--query {}", "--examine-bitmap {}",
            "--examine-badblocks {}", "--incremental {}", "--assemble /dev/md/h {}", "--examine --scan -v")

# The guest only runs and keeps: a fork costs it 40 ms, so the host looks at the answers.
_ASK = r"""
rm -rf /tmp/answers; mkdir /tmp/answers; n=0
ask() {
    timeout -k 2 20 "$@" >/tmp/answers/$n.out 2>/tmp/answers/$n.err </dev/null; echo $? >/tmp/answers/$n.status; n=$((n+1))
}
"""
_KEEP = "tar cf /lab/answers.tar -C /tmp/answers .\n"


@dataclasses.dataclass
class Answer:
    """What one command said, and how it ended."""

    out: bytes
    err: bytes
    status: int

    @property
    def start(self) -> str:
        """The beginning of its complaint, safe to print."""
        return repr(self.err[:200])


def answers(stage: Stage, body: str, count: int, timeout: float) -> list[Answer]:
    """Runs a script of `ask` lines on node 1; what each said, in order."""
    stage.node(1).script(_ASK + body + _KEEP, timeout=timeout)
    packed = stage.share / "answers.tar"
    with tarfile.open(packed) as tar:
        def part(number: int, kind: str) -> bytes:
            return tar.extractfile(f"./{number}.{kind}").read()
        found = [Answer(part(number, "out"), part(number, "err"), int(part(number, "status"))) for number in range(count)]
        stage.expect(f"./{count}.status" not in tar.getnames(), f"more than {count} answers")
    packed.unlink()
    return found


# Neither a line that a configuration file would take for its own nor a byte that a terminal obeys.
_CONFIGURATION = re.compile(rb"^\s*(PROGRAM|MAILADDR|A=)", re.MULTILINE)
# Not part of the refusal, and mdadm prints one in the same place.
_NOTE = re.compile(rb"^\S*mdadm: Note:.*\n(?:    .*\n)*", re.MULTILINE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


def lying(stage: Stage) -> None:
    """Every lie, asked about in every way: an ordinary exit, a bounded answer, no control character, no foreign configuration line."""
    node = stage.node(1)
    node.sh("ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules; udevadm control --reload; modprobe loop")
    mirror = superblock(stage)
    node.sh("/lab/clean wipe; ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules; udevadm control --reload")
    striped = superblock(stage, "10")
    node.sh("/lab/clean wipe; ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules; udevadm control --reload")
    images = lies(mirror, striped)
    folder = stage.share / "lies"
    folder.mkdir(exist_ok=True)
    body, asked = "", []
    for number, (name, block) in enumerate(images.items()):
        # Only the superblock goes over the share: reading 64 MiB of nothing from it takes 10 s.
        (folder / f"{number}").write_bytes(block)
        body += (f"rm -f /tmp/lie; truncate -s 64M /tmp/lie; dd if=/lab/lies/{number} of=/tmp/lie bs=4k seek=1 conv=notrunc status=none; "
                 "cp --sparse=always /tmp/lie /tmp/lie.before; loop=$(losetup -f --show /tmp/lie)\n")
        for command in COMMANDS:
            body += f"ask swmdadm {command.format('$loop')}\n"
            asked.append(f"{name}: swmdadm {command}")
        body += "ask swmdadm --stop --scan; losetup -d $loop; ask cmp /tmp/lie /tmp/lie.before\n"
        asked += [f"{name}: swmdadm --stop --scan", f"{name}: unchanged"]
    for where, answer in zip(asked, answers(stage, body, len(asked), timeout=1500)):
        if where.endswith(": unchanged"):
            if answer.status != 0:
                stage.wrong(f"{where.removesuffix(': unchanged')}: the disk was changed {answer.out!r}{answer.err!r}")
            continue
        said = answer.out + answer.err
        if answer.status in CRASHED:
            stage.wrong(f"{where}: exit {answer.status} (a crash, or no end after 20 s): {answer.start}")
        if any(where.startswith(name + ": swmdadm --examine") for name in CANNOT_BE):
            _named(stage, where, answer)
        if len(said) > 65536:
            stage.wrong(f"{where}: {len(said)} bytes of output")
        if found := _CONTROL.search(said):
            stage.wrong(f"{where}: control characters in the output: {found[0]!r}")
        if _CONFIGURATION.search(answer.out):
            stage.wrong(f"{where}: a line of the output would be read as configuration")
    stage.note(f"{len(images)} lying superblocks, {len(asked)} answers")
    shutil.rmtree(folder)


# The lies of users.md 5.2, where mdadm crashes, never ends or prints raw bytes, and close relatives of theirs.
CANNOT_BE = ("max_dev 65535", "max_dev huge", "raid10 layout 0", "raid10 layout 0x100", "level huge", "level very negative",
             "raid_disks all ones", "name: config line", "name: terminal codes", "name: shell")
_EXAMINE = re.compile(r"swmdadm --examine( --brief| --export| -v --brief)? \{\}$")


def _named(stage: Stage, where: str, answer: Answer) -> None:
    """A superblock that cannot be true is called so: one line on standard error, and exit status 1; 0 where an ARRAY line is wanted and there is one."""
    if not _EXAMINE.search(where):
        return
    status = 0 if "--brief" in where and answer.out else 1
    if answer.status != status or len(answer.err.splitlines()) != 1:
        stage.wrong(f"{where}: exit {answer.status}, must be {status} with one clear line: {answer.start}")


def refused(stage: Stage) -> None:
    """Commands that must fail on disks in use, and leave every byte as it was."""
    node = stage.node(1)
    node.script("""
ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules; udevadm control --reload
set -e
mdadm --create /dev/md/live --run --assume-clean -l1 -n2 -b none /dev/lab/d1 /dev/lab/d2
mkfs.ext4 -q -O ^has_journal -E lazy_itable_init=0 /dev/lab/d3; mkdir -p /tmp/mounted; mount -o noatime,noinit_itable /dev/lab/d3 /tmp/mounted
mkfs.ext4 -q -O ^has_journal -E lazy_itable_init=0 /dev/md/live; mkdir -p /tmp/alive; mount -o noatime,noinit_itable /dev/md/live /tmp/alive
modprobe loop; modprobe dm-mod
echo "0 1000 linear /dev/lab/d4 0" | dmsetup create held
losetup -f /dev/lab/d5
truncate -s 100K /tmp/tiny; truncate -s 1M /tmp/small; : >/tmp/empty; mkfifo /tmp/pipe; ln -s /tmp/nowhere /tmp/dangling
sleep 1; sync; echo 3 >/proc/sys/vm/drop_caches
""")
    before = _sums(stage)
    # What is asked, and whether the failure must be 1 or 2; both are failures, mdadm's own choice is compared in `words`.
    lines = [f"--create /dev/md/new --run -l1 -n2 {first} {second}" for first, second in (
        ("/dev/lab/d1", "/dev/lab/d6"), ("/dev/lab/d6", "/dev/lab/d2"), ("/dev/lab/d3", "/dev/lab/d6"), ("/dev/lab/d6", "/dev/lab/d4"),
        ("/dev/lab/d6", "/tmp/tiny"), ("/dev/lab/d6", "/tmp/empty"), ("/dev/lab/d6", "/tmp/pipe"), ("/dev/lab/d6", "/tmp/dangling"),
        ("/dev/lab/d6", "/dev/null"), ("/dev/lab/d6", "/dev/md/live"), ("/dev/lab/d6", "/tmp"), ("/dev/lab/d6", "/dev/lab/d6"))]
    lines += ["--create /dev/md/live --run -l1 -n2 /dev/lab/d6 /dev/lab/d7", "--zero-superblock /dev/lab/d1", "--zero-superblock /dev/lab/d3",
              "--manage /dev/md/live --add /dev/lab/d3", "--manage /dev/md/live --add /dev/lab/d1", "--manage /dev/md/live --add /tmp/small",
              "--manage /dev/md/live --add /dev/null", "--assemble /dev/md/other /dev/lab/d1 /dev/lab/d2", "--examine /tmp/tiny",
              "--examine /tmp/empty", "--examine /tmp/pipe", "--examine /dev/null", "--query /tmp/dangling", "--incremental /dev/lab/d3"]
    found = answers(stage, "".join(f"ask swmdadm {line}\n" for line in lines), len(lines), timeout=600)
    for line, answer in zip(lines, found):
        if answer.status in CRASHED or answer.status == 0 and not line.startswith("--query"):
            stage.wrong(f"swmdadm {line}: exit {answer.status} (must be refused): {answer.start}")
        elif len(_NOTE.sub(b"", answer.err).splitlines()) > 3:
            stage.wrong(f"swmdadm {line}: more than the three lines mdadm has: {answer.err!r}")
    node.sh("sync")
    for name, value in _sums(stage).items():
        if value != before[name]:
            stage.wrong(f"{name} was changed")
    stage.note(f"{len(lines)} commands on disks in use or unfit; all disks compared before and after")


def _sums(stage: Stage) -> dict[str, str]:
    return {name: disks.digest(stage.disk(name)) for name in stage.lab.spec.disk_names()}


CASES = [
    Case("hostile-superblocks", "superblocks that lie: no crash, no flood, nothing dangerous on the terminal or in a config line", lying, seconds=1800),
    Case("hostile-devices", "disks in use, unfit files and devices are refused and no byte changes", refused, seconds=900),
]
