"""One array, made with the original and with ours, looked at with both."""

import dataclasses
import fnmatch
import shlex
import shutil

from labkit.stage import Stage

from . import disks, records
from .records import HERE

ARRAY = "/dev/md/t"
NOT_STARTED = "it was not started"
# A kernel without RAID levels, for as long as the file is there.
BLOCK = ("ground; modprobe -r raid0 raid1 raid10 raid456 linear 2>/dev/null\n"
         "for level in raid0 raid1 raid10 raid456 linear; do echo \"install $level /lab/take\"; done >/etc/modprobe.d/lab-pristine.conf\n")
UNBLOCK = "ground; rm /etc/modprobe.d/lab-pristine.conf\n"


@dataclasses.dataclass(frozen=True)
class Row:
    """A line of shapes.txt."""

    name: str
    arguments: str
    input: str | None

    @property
    def members(self) -> list[str]:
        """Names of the disks, in the order given."""
        words = [word.partition(":")[0] for word in self.arguments.split()]
        return [word for word in words if word[:1] == "d" and word[1:].isdigit()]

    @property
    def command(self) -> str:
        """The arguments with the disks' full paths."""
        words = self.arguments.split()
        return " ".join(f"/dev/lab/{word}" if word[:1] == "d" and word.partition(":")[0][1:].isdigit() else word for word in words)


def rows(group: str) -> list[Row]:
    """The lines of shapes.txt whose name begins with a group."""
    return [Row(name, arguments, given[0] if given else None)
            for name, arguments, *given in _table("shapes.txt") if name.startswith(group + "-")]


def groups() -> list[str]:
    """The groups of shapes.txt in their order."""
    return list(dict.fromkeys(name.partition("-")[0] for name, *_ in _table("shapes.txt")))


def _table(file: str) -> list[list[str]]:
    lines = (HERE / file).read_text().splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines if line.strip() and not line.startswith("#")]


def compare(stage: Stage, group: str) -> None:
    """All shapes of a group. Differences are gathered; only a lab that stops working ends the case early."""
    selected = [row for row in rows(group) if fnmatch.fnmatchcase(row.name, stage.options.get("shape", "*"))]
    live = stage.options.get("kernel", "yes") == "yes"
    shutil.copy(HERE / "guest-snapshot.sh", stage.share / "take")
    images: dict[str, dict] = {}
    degraded = {f"lived.{row.name}.{side}" for row in selected for side in "ab" if {"missing", "-n1"} & set(row.arguments.split())}

    def keep(place: str, *names: str) -> None:
        kind = disks.WRITTEN if place.startswith("written.") else disks.DEGRADED if place in degraded else disks.LIVED
        images[place] = {name: disks.normalised(stage.disk(name), kind) for name in names}

    body = BLOCK + "".join(_writing(row, side) for row in selected for side in "ab") + UNBLOCK
    body += "".join(_living(row, side) for row in selected for side in "ab") if live else ""
    results = records.run(stage.node(1), body, {"keep": keep})
    equal = 0
    for row in selected:
        problems = _written(row, results, images) + (_lived(row, results, images) if live else [])
        stage.problems += problems
        equal += not problems
    reads = sum(len(_reads(row)) for row in selected) if live else 0
    stage.note(f"{equal} of {len(selected)} shapes equal in every byte compared; {reads} reports of both read")


def _create(row: Row, side: str, identity: str) -> str:
    given = f"input={shlex.quote(row.input)}; " if row.input is not None else ""
    return f"{given}rec {identity} {side} --create {ARRAY} {row.command}; unset input\n"


def _writing(row: Row, side: str) -> str:
    """Creates where the kernel has no RAID levels: it refuses to start, so the disks hold what --create wrote and nothing else."""
    name = f"written.{row.name}.{side}"
    return (f"ground; echo keep {name} {' '.join(row.members)} >/tmp/snapshot-of\n"
            f"{_create(row, side, name)}rec {name}.state state\n")


def _living(row: Row, side: str) -> str:
    """Creates and starts, reads the original's array with both, stops, and keeps what is on the disks."""
    name = f"{row.name}.{side}"
    body = f"ground\n{_create(row, side, 'create.' + name)}idle\nrec state.{name} state\nrec seen.{name} a --detail {ARRAY}\n"
    if side == "a":
        body += "".join(f"both read.{row.name}.{read} {arguments}\n{_again(row, read, arguments)}" for read, arguments in _reads(row))
    return f"{body}rec stop.{name} {side} --stop {ARRAY}\nsync; host keep lived.{name} {' '.join(row.members)}\n"


def _again(row: Row, read: str, arguments: str) -> str:
    """The kernel clears bits of a bitmap in its own time, perhaps between two looks: the original looks before and after ours."""
    return f"rec later.{row.name}.{read} a {arguments}\n" if read.startswith("examine-bitmap") else ""


def _same_moment(row: Row, read: str, results: dict) -> tuple:
    """What the original and ours read, of the original's two looks the one that ours agrees with."""
    theirs, ours = (results[f"read.{row.name}.{read}.{side}"] for side in "ab")
    later = results.get(f"later.{row.name}.{read}")
    return (later if later == ours else theirs), ours


def _written(row: Row, results: dict, images: dict) -> list[str]:
    sides = {side: f"written.{row.name}.{side}" for side in "ab"}
    where = f"{row.name}: without the kernel"
    problems = [records.difference(f"{where}: create", f"--create {ARRAY} {row.command}",
                                   results[sides["a"]], results[sides["b"]], normalise=True)]
    left = results[sides["b"] + ".state"].stdout
    if left:
        problems.append(f"{where}: an inactive array stayed behind: {left}")
    problems = [problem for problem in problems if problem]
    blank = {name: ({}, [NOT_STARTED]) for name in row.members}
    theirs, ours = (images.get(sides[side], blank) for side in "ab")
    if theirs != blank and ours == blank:
        return problems + [f"{where}: ours did not come as far as starting the array"]
    return problems + _bytes(where, {"a": theirs, "b": ours})


def _lived(row: Row, results: dict, images: dict) -> list[str]:
    command = f"--create {ARRAY} {row.command}"
    problems = [records.difference(f"{row.name}: {name}", words, results[f"{key}.{row.name}.a"], results[f"{key}.{row.name}.b"], normalise=True)
                for name, key, words in (("create", "create", command), ("kernel state", "state", command),
                                         ("detail afterwards", "seen", command), ("stop", "stop", f"--stop {ARRAY}"))]
    problems += [records.difference(f"{row.name}: {name}", arguments, *_same_moment(row, name, results)) for name, arguments in _reads(row)]
    left = {side: images[f"lived.{row.name}.{side}"] for side in "ab"}
    # Ours takes back what it wrote when the array cannot be started; what --create writes is compared without the kernel.
    refused = results[f"create.{row.name}.a"].status != "0" and all(image == ({}, []) for image in left["b"].values())
    return [problem for problem in problems if problem] + ([] if refused else _bytes(f"{row.name}: after stop", left))


def _bytes(where: str, images: dict) -> list[str]:
    problems = []
    for name, (original, wrong) in images["a"].items():
        ours, ours_wrong = images["b"][name]
        lines = disks.difference(original, ours) + [f"ours: {text}" for text in ours_wrong if text not in wrong]
        if lines:
            problems.append(f"{where}: bytes of {name} (mdadm's became ours):\n" + "\n".join(f"    {line}" for line in lines))
    return problems


def _reads(row: Row) -> list[tuple[str, str]]:
    members = [f"/dev/lab/{name}" for name in row.members]
    everything = row == rows(row.name.partition("-")[0])[0]
    return [(name, arguments.format(array=ARRAY, first=members[0], last=members[-1], all=" ".join(members)))
            for name, arguments, *once in _table("reads.txt") if everything or not once]
