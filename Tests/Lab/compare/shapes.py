"""One array, made with the original and with ours, looked at with both."""

import dataclasses
import fnmatch
import shlex
import shutil

from labkit.stage import Failed, Stage

from . import disks, records
from .records import HERE

ARRAY = "/dev/md/t"
NOT_STARTED = "it was not started"
BLOCK = "for m in raid0 raid1 raid10 raid456 linear; do echo \"install $m /lab/snapshot/take\"; done >/etc/modprobe.d/lab-pristine.conf\n"
QUIET_UDEV = "ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules; udevadm control --reload\n"


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
    stage.node(1).script(QUIET_UDEV + "echo 200000 >/proc/sys/dev/raid/speed_limit_min 2>/dev/null; modprobe md_mod; "
                         "echo 200000 >/proc/sys/dev/raid/speed_limit_min")
    bare = "modprobe -r raid0 raid1 raid10 raid456 linear 2>/dev/null; true\n"
    snapshot = stage.share / "snapshot"
    snapshot.mkdir(exist_ok=True)
    shutil.copy(HERE / "guest-snapshot.sh", snapshot / "take")
    written = {}
    stage.node(1).script(bare + BLOCK)
    for row in selected:
        written[row.name] = _written(stage, row)
    stage.node(1).sh("rm /etc/modprobe.d/lab-pristine.conf")
    equal = 0
    for row in selected:
        problems = written[row.name] + (_lived(stage, row) if live else [])
        stage.problems += problems
        equal += not problems
    stage.note(f"{equal} of {len(selected)} shapes equal in every byte compared")


def _create(row: Row, side: str, identity: str) -> str:
    given = f"input={shlex.quote(row.input)}; " if row.input is not None else ""
    return f"{given}rec {identity} {side} --create {ARRAY} {row.command}; unset input\n"


def _written(stage: Stage, row: Row) -> list[str]:
    """Creates where the kernel has no RAID levels: it refuses to start, so the disks hold what --create wrote and nothing else."""
    devices = " ".join(f"/dev/lab/{name}" for name in row.members)
    results, images = {}, {}
    snapshot = stage.share / "snapshot"
    for side in "ab":
        body = f"echo {' '.join(row.members)} >/tmp/snapshot-of; rm -f /lab/snapshot/d*; wipe {devices}\n"
        results |= records.run(stage.node(1), body + f"{_create(row, side, side)}rec state.{side} cat /proc/mdstat\n")
        images[side] = {name: disks.normalised(snapshot / name, live=False) if (snapshot / name).exists() else ({}, [NOT_STARTED])
                        for name in row.members}
    where = f"{row.name}: without the kernel"
    problems = [records.difference(f"{where}: create", f"--create {ARRAY} {row.command}", results["a"], results["b"], normalise=True)]
    if "active" in results["state.b"].stdout:
        stage.node(1).sh("/lab/clean", check=False)
        problems.append(f"{where}: an inactive array stayed behind: {results['state.b'].stdout}")
    problems = [problem for problem in problems if problem]
    if all(image == ({}, []) or image[1] == [NOT_STARTED] for image in images["b"].values()) and images["a"] != images["b"]:
        return problems + [f"{where}: ours did not come as far as starting the array"]
    return problems + _bytes(where, images)


def _bytes(where: str, images: dict) -> list[str]:
    problems = []
    for name, (original, wrong) in images["a"].items():
        ours, ours_wrong = images["b"][name]
        lines = disks.difference(original, ours) + [f"ours: {text}" for text in ours_wrong if text not in wrong]
        if lines:
            problems.append(f"{where}: bytes of {name} (mdadm's became ours):\n" + "\n".join(f"    {line}" for line in lines))
    return problems


def _lived(stage: Stage, row: Row) -> list[str]:
    """Creates and starts with each, reads the original's array with both, stops, and compares what is on the disks."""
    devices = " ".join(f"/dev/lab/{name}" for name in row.members)
    results, images = {}, {}
    reads = _reads(row, everything=row == rows(row.name.partition("-")[0])[0])
    for side in "ab":
        body = f"wipe {devices}\n{_create(row, side, 'create.' + side)}idle {ARRAY}\nrec state.{side} state {ARRAY}\n"
        body += f"rec seen.{side} a --detail {ARRAY}\n"
        if side == "a":
            body += "".join(f"both read.{name} {arguments}\n" for name, arguments in reads)
        body += f"rec stop.{side} {side} --stop {ARRAY}\n"
        results |= records.run(stage.node(1), body)
        images[side] = {name: disks.normalised(stage.disk(name), live=True) for name in row.members}
        if stage.node(1).sh("grep -q '^md' /proc/mdstat", check=False).status == 0:
            cleaned = stage.node(1).sh("/lab/clean", check=False)
            stage.expect(cleaned.status == 0, f"{row.name}: the array of side {side} cannot be stopped: {cleaned.stderr}")
            stage.node(1).script(QUIET_UDEV)
    command = f"--create {ARRAY} {row.command}"
    problems = [records.difference(f"{row.name}: {name}", words, results[f"{key}.a"], results[f"{key}.b"], normalise=True)
                for name, key, words in (("create", "create", command), ("kernel state", "state", command),
                                         ("detail afterwards", "seen", command), ("stop", "stop", f"--stop {ARRAY}"))]
    problems += [records.difference(f"{row.name}: {name}", arguments, results[f"read.{name}.a"], results[f"read.{name}.b"])
                 for name, arguments in reads]
    return [problem for problem in problems if problem] + _bytes(f"{row.name}: after stop", images)


def _reads(row: Row, everything: bool) -> list[tuple[str, str]]:
    members = [f"/dev/lab/{name}" for name in row.members]
    return [(name, arguments.format(array=ARRAY, first=members[0], last=members[-1], all=" ".join(members)))
            for name, arguments, *once in _table("reads.txt") if everything or not once]
