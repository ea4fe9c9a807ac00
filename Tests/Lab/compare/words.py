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


def lines() -> list[str]:
    """The lines of words.txt."""
    return [line for line in (HERE / "words.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]


def compare(stage: Stage) -> None:
    """All lines, some dozens to a round trip."""
    node = stage.node(1)
    node.script(PREPARE)
    before = _disks(stage)
    equal, every = 0, lines()
    for start in range(0, len(every), PORTION):
        body = ""
        for number, line in enumerate(every[start:start + PORTION], start):
            body += f"rec {number}.a a {line}\nrm -rf /run/mdadm/*\nrec {number}.b b {line}\nrm -rf /run/mdadm/*\n"
        found = records.run(node, body)
        for number, line in enumerate(every[start:start + PORTION], start):
            problem = records.difference("words", line, found[f"{number}.a"], found[f"{number}.b"], normalise=True)
            equal += not problem
            if problem:
                stage.wrong(problem)
    for name, pages in _disks(stage).items():
        if pages != before[name]:
            stage.wrong(f"{name} changed: {disks.difference(before[name], pages)}")
    stage.note(f"{equal} of {len(every)} command lines equal in exit status and both streams")


def _disks(stage: Stage) -> dict:
    stage.node(1).sh("sync")
    return {name: disks.content(stage.disk(name)) for name in stage.lab.spec.disk_names()}
