"""Lines from a seed, each run by the original and by ours on the same ground: status, both streams, the kernel's view, the map file, the disks.

What changed nothing needs no new ground, so reading and refused lines are cheap. After a line that did change something, all arrays
are stopped, the disks are looked at, and the ground is laid again from copies of the disks' files.
"""

import collections
import dataclasses
import re
import shutil
import tomllib
from pathlib import Path

from labkit.stage import Stage

from . import disks, generator, records

DISKS = "16x32M"
# Lines in one script: a script that gets stuck loses no more than these.
PORTION = 40

PRELUDE = """
echo lab >/proc/sys/kernel/hostname
for number in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    real=$(readlink -f /dev/lab/d$number); eval "k$number=${real##*/}"; value /sys/class/block/${real##*/}/dev; eval "n$number=$value"
done
write() { quietly dd if=/dev/urandom of=$1 bs=64k count=4 oflag=direct; sleep 0.3; }
made() { array=$1; shift; quietly mdadm --create $array --homehost=lab --run "$@"; }
# A mount of d16 makes it a busy disk.
busy() { mkdir -p /tmp/busy; mount -o ro,noload /dev/lab/d16 /tmp/busy; }
free() { umount /tmp/busy 2>/dev/null; }
mkdir -p /tmp/c /tmp/dump
cat >/tmp/c/some.conf <<'END'
# Arrays of the ground
DEVICE /dev/lab/*
ARRAY /dev/md/one UUID=01234567:89abcdef:01234567:89abcdef
ARRAY /dev/md/five metadata=1.2 level=raid5 num-devices=3 spares=1 UUID=55555555:55555555:55555555:55555555
ARRAY /dev/md/old super-minor=9
END
cat >/tmp/c/strict.conf <<'END'
DEVICE partitions
ARRAY /dev/md/stripe devices=/dev/lab/d7,/dev/lab/d8
ARRAY <ignore> UUID=01234567:89abcdef:01234567:89abcdef
HOMEHOST lab
END
cat >/tmp/c/odd.conf <<'END'
DEV /dev/lab/d1 /dev/lab/d2 junk
unknown words here
arr /dev/md/one num-devices=2
    name=one UUID=01234567-89abcdef-01234567-89abcdef uuid=0
ARRAY /dev/md/ghost UUID=ffffffff:ffffffff:ffffffff:ffffffff
ARRAY /dev/md/five
END
# halt: no array, no node, no map.
halt() {
    free
    for turn in 1 2 3; do
        arrays
        for dir in $arrays; do node=${dir%/md}; quietly mdadm --stop /dev/${node##*/}; done
        [ -n "$arrays" ] || break
    done
    [ -z "$arrays" ] || { /lab/clean; eval "$quiet_udev"; }
    quiet
    for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        left=; for node in /sys/block/md*; do [ -e $node ] && left=$node; done
        [ -z "$left" ] && break
        quietly mdadm --stop /dev/${left##*/}
        sleep 0.05
    done
    rm -rf /run/mdadm/* /tmp/dump/* /tmp/b
}
# lay: the ground again, and what the kernel then says of it. At rest, so that the disks stay as they are.
lay() { halt; host restore; revive; idle; rec ground.$turns state; sync; host lie; turns=$((turns+1)); ground=$T/ground.$((turns-1)).out; }
turns=0
# living: the map's lines of arrays that exist.
living() { while read -r name rest; do [ -e /sys/block/$name/md ] && echo "$name $rest"; done </run/mdadm/map; }
# after ID.SIDE: looks whether the line changed anything; if so keeps what is there, and lays the ground again.
after() {
    # A replacement begins in its own time.
    for file in /sys/block/md*/md/dev-*/state; do value $file; case $value in *want_replacement*) sleep 1; break ;; esac; done
    arrays; looks=0; [ -n "$arrays" ] && restless && idle
    rec $1.state state
    changed=no
    for file in /run/mdadm/* /tmp/dump/*; do case $file in */map) ;; *) [ -e "$file" ] && changed=yes ;; esac; done
    cmp -s $ground $T/$1.state.out || changed=yes
    [ $changed = yes ] || { host look $1; value /lab/verdict; changed=$value; }
    if [ $changed = yes ]; then
        [ -s /run/mdadm/map ] && rec $1.map living
        halt; sync; host keep $1; lay
    else
        # An array that was made in the kernel and not set up is nothing to anybody, but it has a number.
        for node in /sys/block/md*; do [ -e $node ] && { value $node/md/array_state; [ "$value" = clear ] && { lay; break; }; }; done
    fi
}
"""

# How each ground is laid the first time, and how it comes to life again on the same disks.
CREATE = "made"


def _running(made: str, numbers: str, then: str = "") -> tuple[str, str]:
    """A ground whose array md1 runs on some disks, beside one that does not run and two file systems; `then` is what befalls it."""
    members = " ".join(f"/dev/lab/d{number}" for number in numbers)
    first = f"""
{CREATE} /dev/md1 {made} -u 01234567:89abcdef:01234567:89abcdef {members}
{CREATE} /dev/md9 -l1 -n2 -b none --assume-clean /dev/lab/d9 /dev/lab/d10
quietly mkfs.ext4 -q -O ^has_journal /dev/lab/d8; quietly mkfs.ext4 -q -O ^has_journal /dev/lab/d16
"""
    return first, f"quietly mdadm -A /dev/md1 {members}; quietly mdadm --readwrite /dev/md1; {then}busy"


GROUNDS = {
    "rest": (f"""
{CREATE} /dev/md/one -l1 -n2 -b internal --assume-clean -u 01234567:89abcdef:01234567:89abcdef /dev/lab/d1 /dev/lab/d2
{CREATE} /dev/md/five -l5 -n3 -x1 -c 64 -b none --assume-clean -u 55555555:55555555:55555555:55555555 /dev/lab/d3 /dev/lab/d4 /dev/lab/d5 /dev/lab/d6
{CREATE} /dev/md/stripe -l0 -n2 -c 64 -e 1.1 -u 00000000:11111111:22222222:33333333 /dev/lab/d7 /dev/lab/d8
{CREATE} /dev/md9 -l1 -n2 -e 0.90 -b none --assume-clean /dev/lab/d9 /dev/lab/d10
quietly mkfs.ext4 -q -O ^has_journal /dev/lab/d11; echo ,16M,L | quietly sfdisk -q /dev/lab/d15; quietly mkfs.ext4 -q -O ^has_journal /dev/lab/d16
""", "busy"),
    "mirror": _running("-N one -l1 -n2 -x1 -b internal --assume-clean", "125"),
    "hurt": _running("-N one -l1 -n3 -b internal --assume-clean", "123",
                     "quietly mdadm /dev/md1 -f /dev/lab/d2; sleep 0.5; "
                     "quietly mdadm /dev/md1 -f /dev/lab/d3; sleep 0.2; quietly mdadm /dev/md1 -r /dev/lab/d3; "),
    "parity": _running("-N one -l6 -n4 -c 64 -b internal --assume-clean", "1234", "quietly mdadm /dev/md1 -f /dev/lab/d4; "),
    "ten": _running("-N one -l10 -n4 -x1 -c 64 -b internal --assume-clean", "12345"),
    "five": _running("-N one -l5 -n3 -e 1.0 -c 64 -b none --assume-clean", "123"),
    "elder": _running("-l1 -n3 -e 0.90 -b internal --assume-clean", "123"),
    "torn": (f"""
limits=$(cat /proc/sys/dev/raid/speed_limit_max /proc/sys/dev/raid/speed_limit_min)
{CREATE} /dev/md/five -l5 -n4 -e 1.0 -c 64 -b none --assume-clean -u 55555555:55555555:55555555:55555555 /dev/lab/d1 /dev/lab/d2 /dev/lab/d3 /dev/lab/d4
quietly mdadm /dev/md/five -f /dev/lab/d4; write /dev/md/five; quietly mdadm --stop /dev/md/five
echo 1 >/proc/sys/dev/raid/speed_limit_min; echo 1 >/proc/sys/dev/raid/speed_limit_max
{CREATE} /dev/md/dirty -l6 -n4 -c 64 -b none -u 66666666:66666666:66666666:66666666 /dev/lab/d5 /dev/lab/d6 /dev/lab/d7 /dev/lab/d8
quietly mdadm /dev/md/dirty -f /dev/lab/d8; write /dev/md/dirty; quietly mdadm --stop /dev/md/dirty
set -- $limits; echo $1 >/proc/sys/dev/raid/speed_limit_max; echo $2 >/proc/sys/dev/raid/speed_limit_min
{CREATE} /dev/md/split -l1 -n2 -b internal --assume-clean -u 11111111:11111111:11111111:11111111 /dev/lab/d9 /dev/lab/d10; quietly mdadm --stop /dev/md/split
for number in 9 10 10; do quietly mdadm -A --run /dev/md/split /dev/lab/d$number; write /dev/md/split; quietly mdadm --stop /dev/md/split; done
{CREATE} /dev/md7 -l10 -n4 -e 0.90 -c 64 -b none --assume-clean -u 77777777:77777777:77777777:77777777 /dev/lab/d11 /dev/lab/d12 /dev/lab/d13 /dev/lab/d14
quietly mdadm /dev/md7 -f /dev/lab/d11; write /dev/md7; quietly mdadm /dev/md7 -f /dev/lab/d13; write /dev/md7; quietly mdadm --stop /dev/md7
quietly mkfs.ext4 -q -O ^has_journal /dev/lab/d16
""", "busy"),
    "striped": _running("-N one -l0 -n3 -c 64", "123"),
}


class Ground:
    """The disks' files of one ground: as first laid, as they are at rest, and as lines left them."""

    def __init__(self, stage: Stage, directory: Path):
        self.stage, self.directory = stage, directory
        self.names = stage.lab.spec.disk_names()
        self.resting: dict[str, str] = {}
        self.left: dict[str, dict] = {}

    def save(self) -> None:
        for name in self.names:
            shutil.copyfile(self.stage.disk(name), self.directory / name)

    def restore(self) -> None:
        for name in self.names:
            pages, now = disks.content(self.directory / name), disks.content(self.stage.disk(name))
            with open(self.stage.disk(name), "r+b") as file:
                for offset in now.keys() | pages.keys():
                    if now.get(offset) != pages.get(offset):
                        file.seek(offset)
                        file.write(pages.get(offset, bytes(disks.PAGE)))

    def lie(self) -> None:
        self.resting = {name: disks.digest(self.stage.disk(name)) for name in self.names}

    def look(self, identity: str) -> None:
        same = all(disks.digest(self.stage.disk(name)) == digest for name, digest in self.resting.items())
        (self.stage.share / "verdict").write_text("no\n" if same else "yes\n")

    def keep(self, identity: str) -> None:
        self.left[identity] = {name: disks.normalised(self.stage.disk(name), disks.DEGRADED) for name in self.names}

    def verbs(self) -> dict:
        return {"save": self.save, "restore": self.restore, "lie": self.lie, "look": self.look, "keep": self.keep}


def compare(stage: Stage, seed: int, count: int, shares: dict[str, int], program: str = "b") -> None:
    """`count` lines of a seed, spread over the grounds; differences are gathered."""
    ran, equal, kinds = 0, 0, collections.Counter()
    for name, share in shares.items():
        wanted = max(1, count * share // sum(shares.values()))
        lines = list(enumerate(generator.Lines(f"{seed} {name}").some(wanted, name)))
        if chosen := stage.options.get("line"):
            lines = [lines[int(number)] for number in chosen.split(",")] if stage.options.get("ground", name) == name else []
        for start in range(0, len(lines), PORTION):
            problems = _portion(stage, name, lines[start:start + PORTION], program, kinds)
            ran += len(lines[start:start + PORTION])
            equal += len(lines[start:start + PORTION]) - len(problems)
            for number, problem in problems.items():
                stage.wrong(f"seed {seed}, ground {name}, line {number}: {problem}")
    spared = kinds.pop("spared", 0)
    stage.note(f"seed {seed}: {equal} of {ran} lines equal, {spared} of them for a reason; "
               + ", ".join(f"{number} exit {status}" for status, number in sorted(kinds.items())))


def _portion(stage: Stage, name: str, lines: list, program: str, kinds: collections.Counter) -> dict[int, str]:
    directory = stage.lab.directory / "ground"
    directory.mkdir(exist_ok=True)
    ground = Ground(stage, directory)
    first, again = GROUNDS[name]
    body = f"{PRELUDE}revive() {{ {again}; }}\nhalt; host wipe\n{first}halt; sync; host save; lay\n"
    for number, (line, typed) in lines:
        for side in ("a", program):
            given = f"input='{typed}'; " if typed else ""
            body += f"{given}rec {number}.{'a' if side == 'a' else 'b'} {side} {line}; unset input; after {number}.{'a' if side == 'a' else 'b'}\n"
            program = program if side == "a" else side
    found = records.run(stage.node(1), body + "halt; host wipe\n", ground.verbs())
    stage.expect((name in ("rest", "torn")) != ("array " in found["ground.0"].stdout), f"ground {name} is not what it should be")
    stage.expect(disks.content(directory / "d1"), f"ground {name}: d1 is no member")
    problems = {}
    for number, (line, _) in lines:
        kinds[found[f"{number}.a"].status] += 1
        parts = _different(number, line, found, ground)
        if parts and _is_reasoned(f"{name}: {line}", parts, found[f"{number}.a"]):
            kinds["spared"] += 1
        elif parts:
            problems[number] = "\n".join(parts)
    return problems


def _is_reasoned(line: str, parts: list[str], theirs: records.Record) -> bool:
    """Whether one entry of the list covers all that differs."""
    return any(re.search(entry["line"], line) and re.search(entry.get("theirs", ""), theirs.stderr)
               and all(re.match(entry.get("parts", ""), part) for part in parts) for entry in REASONED)


def _different(number: int, line: str, found: dict, ground: Ground) -> list[str]:
    """A text for each part that differs: `lines: command`, `lines: kernel state`, `lines: map`, `bytes of` a disk, or who changed anything."""
    sides = [f"{number}.a", f"{number}.b"]
    theirs, ours = (found[side] for side in sides)
    if theirs.status == ours.status == "2" and theirs.stderr and ours.stderr:
        # A refused line: the sentence is ours, as everywhere (exceptions.toml).
        ours = dataclasses.replace(ours, stderr=theirs.stderr)
    parts = [records.difference("lines: command", line, theirs, ours, normalise=True)]
    # Only what is told counts: one that left nothing was not even asked for its map.
    parts += [records.difference(f"lines: {what}", line, *(dataclasses.replace(found.get(side + suffix, NOTHING), status="") for side in sides), normalise=True)
              for what, suffix in (("kernel state", ".state"), ("map", ".map"))]
    left = [ground.left.get(side) for side in sides]
    if all(left):
        for name in ground.names:
            (theirs, _), (ours, wrong) = left[0][name], left[1][name]
            parts += [f"bytes of {name}: {text}" for text in disks.difference(theirs, ours) + wrong]
    elif left[1]:
        parts.append("ours changed something, the original did not")
    elif left[0] and "0" in (theirs.status, ours.status):
        # After a failure ours leaves the disks and the map as they were; that is no fault.
        parts.append("the original changed something, ours did not")
    elif left[0]:
        parts = parts[:1]
    return [part for part in parts if part]


# Whole lines that may differ, each for a reason that is told there.
REASONED = tomllib.loads((records.HERE / "exceptions.toml").read_text())["line"]
NOTHING = records.Record("", "", "")
