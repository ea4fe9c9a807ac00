"""What a case works with: the nodes of its lab, notes, and the ways to end."""

import shlex
import subprocess
import time
from pathlib import Path

from .cases import Case
from .guest import Guest
from .labs import Lab, in_parallel
from .ssh import Result


class Failed(Exception):
    """The case found something wrong; the text is for a person."""


class Skipped(Exception):
    """The case cannot be run here; the text is the reason."""


class Node:
    """One guest as a case sees it."""

    def __init__(self, stage: "Stage", guest: Guest):
        self.stage, self.guest, self.number = stage, guest, guest.node

    def sh(self, line: str, check: bool = True, timeout: float = 300, stdin: bytes | None = None) -> Result:
        """Runs a shell line. With `check` a non-zero exit fails the case."""
        remaining = self.stage.remaining()
        try:
            done = self.guest.connection.run(line, min(timeout, remaining), stdin)
        except subprocess.TimeoutExpired as error:
            blocked = self.blocked()
            raise Failed(f"node {self.number}: no end after {error.timeout:.0f} s: {line[:300]}\n{blocked}") from None
        if check and done.status != 0:
            raise Failed(f"node {self.number}: exit {done.status} of: {line[:600]}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done

    def script(self, text: str, check: bool = True, timeout: float = 300) -> Result:
        """Runs a whole shell script that is sent over standard input."""
        return self.sh("sh -s", check, timeout, text.encode())

    def out(self, line: str, timeout: float = 300) -> str:
        """Standard output of a shell line that must succeed, without the last newline."""
        return self.sh(line, timeout=timeout).stdout.rstrip("\n")

    def write(self, path: str, content: str | bytes, mode: int = 0o644) -> None:
        """Writes a file in the guest."""
        data = content.encode() if isinstance(content, str) else content
        self.sh(f"cat >{shlex.quote(path)} && chmod {mode:o} {shlex.quote(path)}", stdin=data)

    def wait(self, line: str, timeout: float = 60) -> float:
        """Repeats a shell condition in the guest until it holds; returns the seconds it took."""
        done = self.sh(f"n=0; until {{ {line}; }} >/dev/null 2>&1; do n=$((n+1)); [ $n -lt {int(timeout * 5)} ] || exit 1; sleep 0.2; done",
                       check=False, timeout=timeout * 3 + 60)
        if done.status != 0:
            raise Failed(f"node {self.number}: not true after {timeout:.0f} s: {line}")
        return done.seconds

    def blocked(self) -> str:
        """Where the guest's blocked tasks sit, for the report of a command that does not end."""
        try:
            done = self.guest.connection.run(
                "for t in /proc/[0-9]*; do case $(cut -d' ' -f3 $t/stat 2>/dev/null) in D) tr '\\0' ' ' <$t/cmdline; echo; cat $t/stack; esac; done", 30)
            return done.stdout[-3000:]
        except subprocess.TimeoutExpired:
            return "(and the guest does not answer)"


class Stage:
    """A case's view of its lab. Problems that do not end a case at once are gathered with `wrong`."""

    def __init__(self, case: Case, lab: Lab, report: Path, options: dict):
        self.case, self.lab, self.report, self.options = case, lab, report, options
        self.nodes = [Node(self, guest) for guest in lab.guests]
        self.deadline = time.monotonic() + case.seconds
        self.notes: list[str] = []
        self.problems: list[str] = []

    def node(self, number: int) -> Node:
        """A node by its number, from 1."""
        return self.nodes[number - 1]

    @property
    def share(self) -> Path:
        """The host's side of /lab."""
        return self.lab.directory / "share"

    def disk(self, name: str) -> Path:
        """The host's file behind /dev/lab/NAME."""
        return self.lab.directory / f"{name}.raw"

    def remaining(self) -> float:
        """Seconds to the case's deadline; none left fails the case."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Failed(f"the case took longer than its {self.case.seconds} s")
        return left

    def together(self, function, nodes: list[Node] | None = None) -> list:
        """Calls a function for several nodes at once; returns the results in the nodes' order."""
        nodes = self.nodes if nodes is None else nodes
        results: list = [None] * len(nodes)

        def job(index: int) -> None:
            results[index] = function(nodes[index])
        in_parallel([lambda index=index: job(index) for index in range(len(nodes))])
        return results

    def note(self, text: str) -> None:
        """Something worth reading when the case passed, too."""
        self.notes.append(text)

    def wrong(self, text: str) -> None:
        """Records a problem and goes on; the case fails at its end."""
        self.problems.append(text)

    def expect(self, condition: bool, text: str) -> None:
        """Ends the case as failed unless the condition holds."""
        if not condition:
            raise Failed(text)

    def skip(self, reason: str) -> None:
        """Ends the case as skipped."""
        raise Skipped(reason)
