"""Command lines that need no array: exit status and both streams, the original's against ours; and no disk changes."""

from labkit.stage import Stage

from . import disks, records
from .records import HERE
from .shapes import QUIET_UDEV

PREPARE = QUIET_UDEV + """
mdadm -C /dev/md/seed -R -l1 -n2 -b internal --assume-clean -u 01234567:89abcdef:01234567:89abcdef /dev/lab/d2 /dev/lab/d3 >/dev/null 2>&1
mdadm -S /dev/md/seed >/dev/null 2>&1
mkfs.ext4 -q -O ^has_journal /dev/lab/d4; mkfs.ext4 -q -O ^has_journal /dev/lab/d6
echo ,32M,L | sfdisk -q /dev/lab/d5
mkdir -p /tmp/busy; mount -o ro,noload /dev/lab/d6 /tmp/busy
udevadm settle; sync; rm -rf /run/mdadm/*; true
"""
PORTION = 40

# Some lines do make an array, and the original leaves md nodes behind when it fails: every line finds the same ground.
TIDY = """
tidy() {
    rm -rf /run/mdadm/*
    ls -d /sys/block/md* >/dev/null 2>&1 || return
    made=no; grep -q '^md.*\\[' /proc/mdstat && made=yes
    for array in /sys/block/md*; do mdadm -S /dev/${array##*/} >/dev/null 2>&1 || echo clear >$array/md/array_state; done
    udevadm settle
    [ $made = yes ] && wipe /dev/lab/d1 /dev/lab/d7 /dev/lab/d8
    rm -rf /run/mdadm/*
}
tidy 2>/dev/null
"""


def lines() -> list[str]:
    """The lines of words.txt."""
    return [line for line in (HERE / "words.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]


def compare(stage: Stage) -> None:
    """All lines, some dozens to a round trip."""
    node = stage.node(1)
    untouchable = [name for name in stage.lab.spec.disk_names() if name not in ("d1", "d7", "d8")]
    node.script(PREPARE)
    before = _disks(stage, untouchable)
    equal, every = 0, lines()
    for start in range(0, len(every), PORTION):
        body = TIDY
        for number, line in enumerate(every[start:start + PORTION], start):
            body += f"rec {number}.a a {line}\ntidy 2>/dev/null\nrec {number}.b b {line}\ntidy 2>/dev/null\n"
        found = records.run(node, body)
        for number, line in enumerate(every[start:start + PORTION], start):
            problem = records.difference(f"words: {line}", line, found[f"{number}.a"], found[f"{number}.b"], normalise=True)
            equal += not problem
            if problem:
                stage.wrong(problem)
    for name, pages in _disks(stage, untouchable).items():
        if pages != before[name]:
            stage.wrong(f"{name} changed: {disks.difference(before[name], pages)}")
    stage.note(f"{equal} of {len(every)} command lines equal in exit status and both streams")


def _disks(stage: Stage, names: list[str]) -> dict:
    stage.node(1).sh("sync")
    return {name: disks.content(stage.disk(name)) for name in names}
