"""Histories of arrays in which each tool does part of the work, and must find the other's work as good as its own."""

import re

from labkit.stage import Stage

from . import records
from .records import HERE

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
    steps = [(number, *line.partition(" ")[::2]) for number, line in enumerate(lines)]
    body = ""
    for index, (_, first, second) in enumerate(CASTS):
        body += "ground\n"
        for number, turn, command in steps:
            if turn == "!":
                body += f"{command}\n"
                continue
            # The kernel's state is compared once it is at rest: a sync that one history still sees may be over in the next.
            body += f"rec {index}.{number} {first if turn == '1' else second} {command}\nidle; rec {index}.{number}.state state\n"
    found = records.run(stage.node(1), body + "ground\n")
    compared = 0
    for index, (cast, _, _) in list(enumerate(CASTS))[1:]:
        for number, turn, command in steps:
            for suffix, what in (("", "step"), (".state", "kernel state after step")) if turn != "!" else ():
                compared += 1
                problem = records.difference(f"{title} ({cast}): {what} {number + 1}", command,
                                             found[f"0.{number}{suffix}"], found[f"{index}.{number}{suffix}"], True)
                if problem:
                    stage.wrong(problem)
    stage.note(f"{compared} steps and states compared")
