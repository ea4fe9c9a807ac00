"""Histories of arrays in which each tool does part of the work, and must find the other's work as good as its own."""

import re

from labkit.stage import Stage

from . import disks, records
from .records import HERE
from .shapes import QUIET_UDEV

# The kernel's state is compared once it is at rest: a sync that one history still sees may be over in the next.
SETTLE = "udevadm settle; [ -e /dev/md/t ] && idle /dev/md/t;"

CASTS = (("mdadm", "a", "a"), ("swmdadm", "b", "b"), ("mdadm, then swmdadm", "a", "b"), ("swmdadm, then mdadm", "b", "a"))


def histories() -> dict[str, list[str]]:
    """The sections of transcripts.txt: title to lines."""
    sections: dict[str, list[str]] = {}
    for line in (HERE / "transcripts.txt").read_text().splitlines():
        if match := re.fullmatch(r"\[(.*)\]", line):
            sections[match[1]] = []
        elif line and not line.startswith("#"):
            sections[next(reversed(sections))].append(line)
    return sections


def play(stage: Stage, title: str, lines: list[str]) -> None:
    """Plays one history with every cast and compares each with the first."""
    node = stage.node(1)
    reference = None
    for cast, first, second in CASTS:
        node.sh("/lab/clean wipe")
        node.script(QUIET_UDEV + "echo 200000 >/proc/sys/dev/raid/speed_limit_min 2>/dev/null || true")
        body = ""
        for number, line in enumerate(lines):
            turn, _, command = line.partition(" ")
            if turn == "!":
                body += command + "\n"
                continue
            side = first if turn == "1" else second
            body += f"rec {number} {side} {command}\n"
            body += f"{SETTLE} rec {number}.state state /dev/md/t\n"
        found = records.run(node, body)
        if reference is None:
            reference = found
            continue
        for number, line in enumerate(lines):
            turn, _, command = line.partition(" ")
            if turn == "!":
                continue
            for identity, what in ((f"{number}", "step"), (f"{number}.state", "kernel state after step")):
                problem = records.difference(f"{title} ({cast}): {what} {number + 1}", command, reference[identity], found[identity], True)
                if problem:
                    stage.wrong(problem)
