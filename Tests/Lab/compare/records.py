"""What a script in a guest recorded, and how two recordings are told apart."""

import dataclasses
import difflib
import io
import re
import shlex
import subprocess
import tarfile
import tomllib
from pathlib import Path

from labkit.stage import Failed

from . import exchange

HERE = Path(__file__).resolve().parent
# Exit statuses that the shell gives for SIGABRT, SIGFPE, SIGKILL (the watchdog) and SIGSEGV.
CRASHES = (134, 136, 137, 139)
PRELUDE = (HERE / "guest.sh").read_text()
# Arrays are assembled by hand only, and the disks are not watched: a write to one would make an event that opens it again.
QUIET_UDEV = """
if [ ! -e /etc/udev/rules.d/97-lab-quiet.rules ]; then
    ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules
    echo 'SUBSYSTEM=="block", KERNEL=="vd*|sd*", OPTIONS+="nowatch"' >/etc/udev/rules.d/97-lab-quiet.rules
    udevadm control --reload
    udevadm trigger --settle --subsystem-match=block --sysname-match='[sv]d*'
    modprobe md_mod
    echo 200000 >/proc/sys/dev/raid/speed_limit_min
fi
"""


@dataclasses.dataclass(frozen=True)
class Record:
    """One command's exit status and streams."""

    status: str
    stdout: str
    stderr: str


def run(node, body: str, verbs: dict | None = None) -> dict[str, Record]:
    """Runs a script on the prelude's functions; returns its records by their ids. `verbs` is what it may ask of the host besides wiping."""
    stage = node.stage
    script = (f"quiet_udev={shlex.quote(QUIET_UDEV)}\n{PRELUDE}eval \"$quiet_udev\"\n{body}\nsend\n").encode()
    every = {"wipe": lambda *names: [exchange.empty(stage.disk(name)) for name in names or stage.lab.spec.disk_names()], **(verbs or {})}
    with exchange.Exchange(stage.share / "exchange", every) as served:
        try:
            done = subprocess.run(node.guest.connection.arguments("sh -s"), input=script, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=stage.remaining(), check=False)
        except subprocess.TimeoutExpired as error:
            raise Failed(f"the script did not end after {error.timeout:.0f} s:\n{body[:2000]}") from None
    if served.failures:
        raise Failed(served.failures[0])
    return _unpacked(done)


def _unpacked(done: subprocess.CompletedProcess) -> dict[str, Record]:
    try:
        archive = tarfile.open(fileobj=io.BytesIO(done.stdout))
    except tarfile.TarError:
        raise Failed(f"the guest sent no records (exit {done.returncode}): {done.stderr.decode(errors='replace')[-2000:]}") from None
    streams: dict[str, dict[str, str]] = {}
    for member in archive:
        if member.isfile():
            name, _, kind = member.name.removeprefix("./").rpartition(".")
            streams.setdefault(name, {})[kind] = archive.extractfile(member).read().decode(errors="backslashreplace")
    return {name: Record(parts.get("rc", "").strip(), parts.get("out", ""), parts.get("err", "")) for name, parts in streams.items()}


def normal(text: str) -> str:
    """Takes out what differs between two arrays made one after the other: uuids, dates, event counts, checksums, kernel numbers."""
    for pattern, replacement in (
            (r"\b[0-9a-f]{8}(:[0-9a-f]{8}){3}\b", "UUID"), (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID"),
            (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ 0-9]\d \d\d:\d\d:\d\d \d{4}", "DATE"),
            (r"(Events|MD_EVENTS|Events Cleared)( ?[:=] ?)\d+(\.\d+)?", r"\1\2EVENTS"), (r"Checksum : [0-9a-f]+", "Checksum : SUM"),
            (r"(event count in \S+) from \d+ up to \d+", r"\1 from EVENTS up to EVENTS")):
        text = re.sub(pattern, replacement, text)
    return text


class Exceptions:
    """The reasoned exceptions: lines that may differ, each with where and why."""

    def __init__(self):
        self.entries = tomllib.loads((HERE / "exceptions.toml").read_text()).get("exception", [])
        self.used: set[int] = set()

    def drop(self, where: str, stream: str, text: str) -> str:
        """Removes the lines that an exception names."""
        lines = text.splitlines(keepends=True)
        for index, entry in enumerate(self.entries):
            if not re.search(entry["where"], where) or entry.get("stream", stream) != stream:
                continue
            kept = [line for line in lines if not re.search(entry["line"], line)]
            if kept != lines:
                self.used.add(index)
            lines = kept
        return "".join(lines)


    def may_be_silent(self, where: str, stream: str) -> bool:
        """Whether one of both may say nothing at all: only where an exception says so."""
        return any(entry.get("silent") and re.search(entry["where"], where) and entry.get("stream", stream) == stream for entry in self.entries)


EXCEPTIONS = Exceptions()


def difference(where: str, command: str, original: Record, ours: Record, normalise: bool = False) -> str:
    """Empty when both are equal; else what was run and how they differ, as a short diff (- original, + ours)."""
    if int(original.status or 0) in CRASHES:
        # Nobody wants the original's crash; what is asked of ours is an ordinary end.
        return f"{where}: mdadm {command}\n    both crash ({ours.status})" if int(ours.status or 0) in CRASHES and ours != original else ""
    parts = []
    if original.status != ours.status:
        parts.append(f"exit status: {original.status} became {ours.status}")
    for stream in ("stdout", "stderr"):
        left, right = getattr(original, stream), getattr(ours, stream)
        if normalise:
            left, right = normal(left), normal(right)
        if left != right:
            place = f"{where}: mdadm {command}"
            left, right = EXCEPTIONS.drop(place, stream, left), EXCEPTIONS.drop(place, stream, right)
            if bool(getattr(original, stream)) != bool(getattr(ours, stream)) and not EXCEPTIONS.may_be_silent(place, stream):
                left, right = getattr(original, stream), getattr(ours, stream)
        if left != right:
            parts += [f"{stream}:", *_diff(left, right)]
    return f"{where.partition(': ')[0] if where.endswith(command) else where}: mdadm {command}\n" + "\n".join(f"    {part}" for part in parts) if parts else ""


def _diff(left: str, right: str) -> list[str]:
    lines = list(difflib.unified_diff(_visible(left), _visible(right), lineterm="", n=0))[2:]
    lines = [line for line in lines if not line.startswith("@@")]
    return lines[:24] + ([f"… {len(lines) - 24} more"] if len(lines) > 24 else [])


def _visible(text: str) -> list[str]:
    """Lines with a mark where the last newline is missing."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines[:-1] + [lines[-1] + "⏎missing"]
