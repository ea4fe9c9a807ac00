"""Arrays in the middle of a reshape, taken up by the original and by ours from the same disks.

mdadm begins two reshapes (metadata 1.2 moves the data, 0.90 does not), which are stopped on the way. Each row then changes numbers in
the superblocks: positions and shapes that no one could time.
"""

import dataclasses
import math
import re
import struct
from typing import NamedTuple

from labkit.stage import Stage

from . import disks, lines, records

DISKS = "8x32M"
# Where each format keeps a number, and how.
FIELDS = {
    "1.2": {"features": (8, "<I"), "chunk": (88, "<I"), "disks": (92, "<I"), "position": (104, "<Q"), "delta": (112, "<i"), "new chunk": (120, "<I"),
            "new offset": (124, "<i"), "new level": (100, "<i"), "new layout": (116, "<I")},
    "0.90": {"disks": (40, "<I"), "position": (176, "<Q"), "delta": (188, "<i"), "new chunk": (196, "<I")},
}
PLACES = {"1.2": 4096, "0.90": 65408 * 512}
MEMBERS = {"1.2": ("d1", "d2", "d3", "d4"), "0.90": ("d5", "d6", "d7", "d8")}
IN_PLACE = {"features": 4, "new offset": 0}
SHRINKING = {**IN_PLACE, "disks": 3, "delta": -1}
SAME_COUNT = {**IN_PLACE, "delta": 0, "new chunk": 256}


@dataclasses.dataclass(frozen=True)
class Copies:
    """A backup file, or what a new member holds of one. Each part is the array's first sector and how many; `late` is the header's time
    beside the array's, in seconds."""
    parts: tuple
    spare: bool = False
    late: int = 0
    foreign: bool = False
    magic: int = 0
    stale: bool = False

    def header(self, form: str, block: bytes, place: int) -> bytes:
        """Of the array that a superblock describes, with the copies from this sector on."""
        identity = block[16:32] if form == "1.2" else block[20:24] + block[52:64]
        time, = struct.unpack_from("<Q" if form == "1.2" else "<I", block, 192 if form == "1.2" else 128)
        time &= 0xffffffffff
        first, second = (*self.parts, (0, 0))[:2]
        magic = f"md_backup_data-{self.magic or len(self.parts)}".encode()
        return struct.pack("<16s16sQQQQIIQQQI", magic, b"another array..." if self.foreign else identity, time + self.late, place, *first, 0x24924915, 0,
                           first[1], *second, 0x24924915).ljust(512, b"\0")

    def data(self) -> bytes:
        """Sectors that say where they are from."""
        return b"".join(b"".join(struct.pack("<QQ", sector, place) for place in range(32)) for start, count in self.parts for sector in range(start, start + count))


FILE = "--backup-file=/tmp/copies"
REVERT = "--update=revert-reshape"


class Row(NamedTuple):
    form: str
    # What is changed in the superblocks.
    numbers: dict
    options: str
    # How many members are there.
    count: int
    copies: Copies | None = None


ROWS = [
    ("1.2", {}, "", 4), ("1.2", {}, "", 3), ("1.2", {}, "--run", 3), ("1.2", {}, REVERT, 4), ("1.2", {}, "-v " + REVERT, 4),
    ("1.2", {"position": 2306}, REVERT, 4), ("1.2", {"position": 1920}, REVERT, 4), ("1.2", {"position": 2048}, REVERT, 4),
    ("1.2", {"position": 2304, "new chunk": 256}, REVERT, 4), ("1.2", {"position": 0}, REVERT, 4),
    ("1.2", {"position": 0}, REVERT + " --invalid-backup", 4), ("1.2", {"position": 0, **IN_PLACE}, REVERT + " --invalid-backup", 4),
    ("1.2", {"features": 0}, REVERT, 4),
    *(("1.2", {"position": position, **IN_PLACE}, "", 4) for position in (0, 384, 766, 768, 2304)),
    *(("1.2", {"position": position, **SHRINKING}, "", 4) for position in (0, 256, 1534, 1536, 2304, 63360)),
    ("1.2", {"position": 2304, **SHRINKING}, "--readonly", 4), ("1.2", {"position": 2304, **SHRINKING}, "--backup-file=/tmp/none", 4),
    ("1.2", {"position": 2304, **SAME_COUNT}, "", 4), ("1.2", {"position": 2304, **SAME_COUNT}, "--run", 4),
    ("1.2", {"position": 2304, **SAME_COUNT}, "--force", 4), ("1.2", {"position": 2304, **SAME_COUNT}, "--invalid-backup", 4),
    ("1.2", {"position": 2304, **SAME_COUNT}, "--backup-file=/etc/passwd", 4),
    # The fourth disk leaves, and is needed until then; or it has lost its slot already.
    ("1.2", {"disks": 3, "delta": -1, "features": 0x44, "new offset": 128}, "", 4), ("1.2", {"disks": 3, "delta": -1, "features": 0x44, "new offset": 128}, "", 3),
    ("1.2", {"disks": 3, "delta": 0, "features": 0}, "", 4), ("1.2", {"disks": 3, "delta": 0, "features": 0}, "--force", 4),
    ("0.90", {}, "", 4), ("0.90", {}, REVERT, 4), ("0.90", {"position": 0}, "", 4), ("0.90", {"position": 0}, REVERT + " --invalid-backup", 4),
    ("0.90", {"delta": 0, "new chunk": 131072}, REVERT, 4),
]
GROWING = {"position": 0, **IN_PLACE}
# The same with copies of what was being copied.
ROWS += [
    *(("1.2", GROWING, words, count, Copies(((0, 768),))) for words, count in ((FILE, 4), ("-v " + FILE, 4), ("--run " + FILE, 3), (FILE + " --invalid-backup", 4))),
    *(("1.2", GROWING, "-v " + FILE, 4, copies) for copies in (
        Copies(((0, 384),)), Copies(((0, 0),)), Copies(((0, 768),), late=-7210), Copies(((0, 768),), late=-7100), Copies(((0, 768),), late=590), Copies(((0, 768),), late=610),
        Copies(((0, 768),), foreign=True), Copies(((0, 768),), magic=3))),
    *(("1.2", GROWING, FILE, 4, copies) for copies in (Copies(((0, 768), (768, 768))), Copies(((768, 768), (0, 768))))),
    *(("1.2", {"position": 2304, **IN_PLACE}, words, 4, copies) for words, copies in (
        (FILE, Copies(((2304, 768),))), ("--backup-file=/tmp/none", None), ("--backup-file=/etc/passwd", None), (FILE, Copies(((2304, 768),), late=-7210)))),
    ("1.2", GROWING, "", 4, Copies(((0, 768),), spare=True)), ("1.2", GROWING, "-v", 4, Copies(((0, 768),), spare=True)),
    ("1.2", GROWING, "", 4, Copies(((0, 768),), spare=True, stale=True)),
    ("0.90", {"position": 0}, "", 4, Copies(((0, 768),), spare=True)), ("0.90", {"position": 0}, FILE, 4, Copies(((0, 768),))),
    ("0.90", {"position": 2304}, "", 4, Copies(((2304, 768),), spare=True)),
    ("1.2", GROWING, "-v", 4, Copies(((0, 768),), spare=True, foreign=True)), ("1.2", {"position": 2304, **IN_PLACE}, "-v", 4),
    ("1.2", {"position": 2304, **IN_PLACE}, "-v --backup-file=/etc/passwd", 4), ("1.2", {"position": 2304, **IN_PLACE}, "-v --backup-file=/tmp/none --invalid-backup", 4),
    ("1.2", GROWING, "-v --backup-file=/etc/passwd --invalid-backup", 4),
    ("1.2", {"position": 2304, **IN_PLACE}, "-v", 4, Copies(((2304, 768),), spare=True)), ("0.90", {}, "-v", 4),
    ("1.2", GROWING, "--backup-file=/etc/passwd --invalid-backup", 4),
    *(("1.2", {"position": 2304, **IN_PLACE}, "-v " + FILE, 4, copies) for copies in (Copies(((768, 768),)), Copies(((0, 0),)), Copies(((0, 768),), foreign=True))),
]
ROWS = [Row(*row) for row in ROWS]
# What both are asked of every array that the original has taken up, or not.
READS = ("--detail /dev/md1", "--detail --export /dev/md1", "--detail --brief /dev/md1", "--query /dev/md1", "--examine {member}", "--examine --export {member}",
         "--examine --brief {member}")
GROUND = """
echo 100 >/proc/sys/dev/raid/speed_limit_max; echo 1 >/proc/sys/dev/raid/speed_limit_min
# halt: no array, and nobody of the original's helpers who would go on with one.
halt() {
    for turn in 1 2 3; do
        arrays
        for dir in $arrays; do node=${dir%/md}; quietly mdadm --stop /dev/${node##*/}; done
        [ -n "$arrays" ] || break
        quietly pkill -9 -x mdadm; sleep 0.3
    done
    for node in /sys/block/md*; do [ -e $node ] && quietly mdadm --stop /dev/${node##*/}; done
    quiet; rm -rf /run/mdadm/*
}
begin() { array=$1; shift; quietly mdadm --create $array --run -l5 -n3 -c 64 --assume-clean "$@"; }
begin /dev/md1 /dev/lab/d1 /dev/lab/d2 /dev/lab/d3; quietly mdadm /dev/md1 --add /dev/lab/d4
begin /dev/md2 -e 0.90 /dev/lab/d5 /dev/lab/d6 /dev/lab/d7; quietly mdadm /dev/md2 --add /dev/lab/d8
quietly mdadm --grow /dev/md1 -n4; quietly mdadm --grow /dev/md2 -n4; sleep 2
halt; sync; host save
"""


class Disks(lines.Ground):
    """The disks as the reshapes left them when they were stopped, and as each row wants them."""

    def lay(self, row: str) -> None:
        self.restore()
        form, numbers, _, _, copies = ROWS[int(row)]
        for name in MEMBERS[form]:
            with open(self.stage.disk(name), "r+b") as disk:
                block = edit(disk, form, numbers)
        (self.stage.share / "copies").unlink(missing_ok=True)
        if copies:
            self._keep(copies, form, block)

    def _keep(self, copies: Copies, form: str, block: bytes) -> None:
        """Copies where a reshape has them: in a file, or before the end of what the array uses of the last member."""
        data = copies.data()
        if not copies.spare:
            (self.stage.share / "copies").write_bytes(copies.header(form, block, 8).ljust(4096, b"\0") + data)
            return
        start, = struct.unpack_from("<Q", block, 128) if form == "1.2" else (0,)
        size = struct.unpack_from("<Q", block, 80)[0] if form == "1.2" else 2 * struct.unpack_from("<I", block, 32)[0]
        place = start + size - 8 - len(data) // 512
        header = copies.header(form, block, place)
        with open(self.stage.disk(MEMBERS[form][3]), "r+b") as disk:
            for sector, content in ((place - 8, bytes(512) if copies.stale else header), (place, data), (start + size - 8, header)):
                disk.seek(sector * 512)
                disk.write(content)

    def verbs(self) -> dict:
        return {**super().verbs(), "lay": self.lay}


def edit(disk, form: str, numbers: dict) -> bytes:
    """Changes numbers in a member's superblock; the result is what was written."""
    disk.seek(PLACES[form])
    block = bytearray(disk.read(4096))
    for field, number in numbers.items():
        place, packed = FIELDS[form][field]
        struct.pack_into(packed, block, place, number)
    block = _sealed(form, block)
    disk.seek(PLACES[form])
    disk.write(block)
    return block


def _sealed(form: str, block: bytearray) -> bytes:
    """With the checksum of its format made right."""
    if form == "1.2":
        struct.pack_into("<I", block, 216, disks.checksum(block))
    else:
        struct.pack_into("<I", block, 152, 0)
        total = sum(struct.unpack("<1024I", block))
        struct.pack_into("<I", block, 152, ((total & 0xffffffff) + (total >> 32)) & 0xffffffff)
    return bytes(block)


def compare(stage: Stage) -> None:
    """Every row by both, from the same disks."""
    directory = stage.lab.directory / "reshapes"
    directory.mkdir(exist_ok=True)
    kept = Disks(stage, directory)
    body = GROUND
    for number, (form, _, options, count, _) in enumerate(ROWS):
        members = " ".join(f"/dev/lab/{name}" for name in MEMBERS[form][:count])
        for side in "ab":
            body += f"host lay {number}; rm -f /tmp/copies; cp /lab/copies /tmp/copies 2>/dev/null; echo 3 >/proc/sys/vm/drop_caches; rec {number}.{side} {side} --assemble /dev/md1 {options} {members}; "
            body += f"rec {number}.{side}.state state; "
            if side == "a":
                body += "".join(f"both {number}.read{read} {words.format(member=members.split()[0])}; " for read, words in enumerate(READS))
            body += f"halt; sync; host keep {number}.{side}\n"
    found = records.run(stage.node(1), body + "host wipe\n", kept.verbs())
    stage.expect(disks.content(directory / "d1") and "4 drives" in found["0.a"].stdout, "the original did not take the reshape up")
    for number, (form, numbers, options, _, copies) in enumerate(ROWS):
        command = f"{options} ({form}, {', '.join(f'{field} {value}' for field, value in numbers.items()) or 'as stopped'}{f', {copies}' if copies else ''})"
        # Ours adds what the kernel's log says.
        ours = found[f"{number}.b"]
        found[f"{number}.b"] = dataclasses.replace(ours, stderr=re.sub(r" +kernel: .*\n", "", ours.stderr))
        problems = [records.difference("reshape: assemble", command, found[f"{number}.a"], found[f"{number}.b"], True),
                    records.difference("reshape: kernel state after", command, found[f"{number}.a.state"], found[f"{number}.b.state"], True)]
        sides = kept.left[f"{number}.a"], kept.left[f"{number}.b"]
        problems += [records.difference(f"reshape: {words}", command, found[f"{number}.read{read}.a"], found[f"{number}.read{read}.b"])
                     for read, words in enumerate(READS)]
        for name in MEMBERS[form]:
            (theirs, _), (ours, wrong) = sides[0][name], sides[1][name]
            problems += [f"{command}: bytes of {name}: {text}" for text in disks.difference(theirs, ours) + wrong]
        for problem in filter(None, problems):
            stage.wrong(problem)
    stage.note(f"{len(ROWS)} reshapes, each by both")


# Level, disks before and after, chunk in KiB. Answers: where --stop left it, in KiB of the array, and what became of turning it round.
TURNS = (("5", 3, 4, 64), ("5", 4, 6, 32), ("6", 4, 5, 128), ("4", 3, 5, 64), ("5", 5, 4, 64))
TURN = """
cd /tmp; echo 1000 >/proc/sys/dev/raid/speed_limit_max; echo 100 >/proc/sys/dev/raid/speed_limit_min
turn() {{ # level disks before and after, chunk, members of the larger shape
    level=$1 before=$2 after=$3 chunk=$4; shift 4; first=; n=0
    for disk in "$@"; do n=$((n + 1)); [ $n -le $before ] && first="$first $disk"; done
    mdadm --create /dev/md1 --run -l$level -n$before -c $chunk -b none --assume-clean $first
    n=0; for disk in "$@"; do n=$((n + 1)); [ $n -le $before ] || mdadm /dev/md1 --add $disk; done
    copies=
    if [ $after -lt $before ]; then
        mdadm --grow /dev/md1 --array-size=$(($(cat /sys/block/md1/md/component_size) * (after - 1))); copies=--backup-file=/tmp/copies
    fi
    mdadm --grow /dev/md1 -n$after $copies
    n=0; while [ $n -lt 300 ] && [ "$(cat /sys/block/md1/md/sync_action)" != reshape ]; do n=$((n + 1)); sleep 0.1; done
    sleep 0.5; pkill -9 -x mdadm
    swmdadm --stop /dev/md1; echo "stopped $?"
    mdadm --examine $1 | sed -n "s/.*Reshape pos'n : \\([0-9]*\\).*/position \\1/p"
    swmdadm --assemble /dev/md1 --update=revert-reshape "$@"; echo "turned $?"
    swmdadm --stop /dev/md1; udevadm settle; rm -f /tmp/copies; mdadm --zero-superblock "$@"
}}
turn {level} {before} {after} {chunk} {members} 2>&1
"""


# Large enough not to be through before the driver slows down to the limit.
TURN_DISKS = "8x512M"


def turns(stage: Stage) -> None:
    """A reshape that ours stops stands where it can be turned round."""
    node = stage.node(1)
    for level, before, after, chunk in TURNS:
        members = " ".join(f"/dev/lab/d{number}" for number in range(1, max(before, after) + 1))
        text = node.script(TURN.format(level=level, before=before, after=after, chunk=chunk, members=members), check=False).stdout
        found = dict(line.split(" ", 1) for line in text.splitlines() if line.split(" ", 1)[0] in ("stopped", "position", "turned"))
        what = f"raid{level}, {before} to {after} disks: {found}"
        stage.expect(found.get("stopped") == "0" and int(found.get("position", 0)) > 0, f"{what}\n{text}")
        parity = 2 if level == "6" else 1
        unit = math.lcm(before - parity, after - parity) * chunk
        stage.expect(int(found["position"]) % unit == 0, f"{what} is no multiple of {unit} KiB\n{text}")
        stage.expect(after < before or found.get("turned") == "0", f"{what}\n{text}")
    stage.note(f"{len(TURNS)} reshapes stopped")
