"""Commands in a guest over one kept ssh connection per node, so that a command costs no new key exchange."""

import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Result:
    """What a command in a guest gave. `status` is its exit status; 255 may also be ssh's own failure."""

    command: str
    stdout: str
    stderr: str
    status: int
    seconds: float


class Connection:
    """The way into one node: a loopback port, the image's key, and a control socket that the first command opens."""

    def __init__(self, port: int, key: Path, control: Path):
        self.control = control
        self.base = [
            "ssh", "-F", "none", "-p", str(port), "-i", str(key), "-l", "root",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=60",
            "-o", "ServerAliveInterval=30", "-o", "ServerAliveCountMax=10",
            "-o", "ControlMaster=auto", "-o", f"ControlPath={control}", "-o", "ControlPersist=yes",
        ]

    def arguments(self, command: str, terminal: bool = False) -> list[str]:
        """The full local command line for a shell line in the guest."""
        return [*self.base, *(["-t"] if terminal else ["-T"]), "127.0.0.1", command]

    def open(self) -> None:
        """Starts the kept connection with its streams on /dev/null, so that no caller's pipe stays open behind it."""
        if not self.is_open():
            self.control.unlink(missing_ok=True)
            subprocess.run([*self.base, "-f", "-N", "127.0.0.1"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=120, check=False)

    def is_open(self) -> bool:
        """Whether the kept connection answers."""
        if not self.control.exists():
            return False
        asked = subprocess.run([*self.base, "-O", "check", "127.0.0.1"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return asked.returncode == 0

    def close(self) -> None:
        """Ends the kept connection; harmless when there is none."""
        if self.control.exists():
            subprocess.run([*self.base, "-O", "exit", "127.0.0.1"], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        self.control.unlink(missing_ok=True)

    def run(self, command: str, timeout: float, stdin: bytes | None = None) -> Result:
        """Runs a shell line. A command over its time raises subprocess.TimeoutExpired; it may go on in the guest."""
        if not self.control.exists():
            self.open()
        started = time.monotonic()
        source = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        done = subprocess.run(self.arguments(command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, **source)
        return Result(command, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"), done.returncode,
                      time.monotonic() - started)


def shell_line(arguments: list[str]) -> str:
    """One argument is a shell line as it stands; several are a command whose words arrive unchanged."""
    return arguments[0] if len(arguments) == 1 else shlex.join(arguments)
