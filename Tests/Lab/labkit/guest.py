"""One QEMU process: starting it, hearing that it is ready, ending it."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from . import qemu
from .errors import LabError
from .spec import Spec
from .ssh import Connection

BOOT_SECONDS = 300


class Guest:
    """A node of a lab. All its state is in files of the lab's directory, so any process may hold one."""

    def __init__(self, spec: Spec, node: int, directory: Path):
        self.spec, self.node, self.directory = spec, node, directory

    def path(self, suffix: str) -> Path:
        """A file of this node."""
        return self.directory / f"node{self.node}.{suffix}"

    @property
    def connection(self) -> Connection:
        """The ssh connection of the present boot."""
        port = int(self.path("port").read_text())
        return Connection(port, Path(self.spec.image) / "key", self.path("ssh"))

    def process(self) -> int | None:
        """The id of the running QEMU, or None. A recycled id is told by its command line."""
        try:
            number = int(self.path("pid").read_text())
            words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return number if f"lab-{self.spec.name}-node{self.node}".encode() in words else None

    def start(self) -> subprocess.Popen:
        """Starts QEMU in a session of its own; returns at once."""
        if self.process() is not None:
            raise LabError(f"node {self.node} of {self.spec.name} is running already")
        port = _free_port()
        self.path("port").write_text(str(port))
        for suffix in ("ready", "qmp", "ssh"):
            self.path(suffix).unlink(missing_ok=True)
        environment = dict(os.environ, TMPDIR=str(self.directory))
        with open(self.path("qemu.log"), "ab") as log:
            process = subprocess.Popen(qemu.command(self.spec, self.node, self.directory, port), env=environment,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.path("pid").write_text(str(process.pid))
        return process

    def wait_ready(self, process: subprocess.Popen) -> None:
        """Waits for the guest's own word on its second serial line, or for QEMU's death, whichever is first."""
        deadline = time.monotonic() + BOOT_SECONDS
        line = _connect(self.path("ready"), process, deadline)
        heard = b""
        with line:
            while b"LAB: ready" not in heard:
                line.settimeout(max(0.1, deadline - time.monotonic()))
                try:
                    piece = line.recv(4096)
                except TimeoutError:
                    raise LabError(f"node {self.node} was not up after {BOOT_SECONDS} s{self._tail()}") from None
                heard += piece
                if not piece or b"LAB: no" in heard:
                    raise LabError(f"node {self.node} did not come up: {heard.decode().strip()}{self._tail()}")
        self.connection.open()

    def kill(self) -> None:
        """Ends QEMU at once, as a power cut would, and waits until it is gone."""
        self.connection.close() if self.path("port").exists() else None
        number = self.process()
        if number is None:
            return
        try:
            descriptor = os.pidfd_open(number)
            os.kill(number, signal.SIGKILL)
            _wait_gone(descriptor)
        except ProcessLookupError:
            pass
        self.path("pid").unlink(missing_ok=True)

    def monitor(self, execute: str, **arguments) -> dict:
        """One command to QEMU's monitor (QMP); returns its answer."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(30)
            line.connect(str(self.path("qmp")))
            stream = line.makefile("rw")
            stream.readline()
            for request in ({"execute": "qmp_capabilities"}, {"execute": execute, "arguments": arguments}):
                stream.write(json.dumps(request) + "\n")
                stream.flush()
                answer = _answer(stream)
        if "error" in answer:
            raise LabError(f"QEMU of node {self.node} refused {execute}: {answer['error'].get('desc')}")
        return answer

    def _tail(self) -> str:
        """The end of what QEMU and the console said, for an error message."""
        parts = []
        for suffix in ("qemu.log", "console"):
            if self.path(suffix).exists():
                parts.append(self.path(suffix).read_text(errors="replace")[-1500:])
        return "\n" + "\n".join(parts)


def _free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _connect(path: Path, process: subprocess.Popen, deadline: float) -> socket.socket:
    """Connects to a socket that QEMU is about to make."""
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(path))
            return line
        except OSError:
            line.close()
        if process.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"QEMU did not start: see {path.with_suffix('.qemu.log')}")
        time.sleep(0.02)


def _wait_gone(descriptor: int) -> None:
    """Waits for the end of a process that need not be our child, and reaps it if it is."""
    import select
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    poll.poll(30000)
    try:
        os.waitid(os.P_PIDFD, descriptor, os.WEXITED | os.WNOHANG)
    except ChildProcessError:
        pass
    os.close(descriptor)


def _answer(stream) -> dict:
    """The next line that is an answer and not an event."""
    while True:
        answer = json.loads(stream.readline() or '{"error": {"desc": "connection closed"}}')
        if "event" not in answer:
            return answer
