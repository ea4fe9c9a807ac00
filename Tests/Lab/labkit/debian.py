"""Single packages from a named Debian suite, without touching the host's apt configuration."""

import subprocess
from pathlib import Path

from .errors import LabError

MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Suite:
    """A private apt over one suite: its lists live in a scratch directory and it knows of no installed package."""

    def __init__(self, name: str, scratch: Path):
        self.directory = scratch / f"apt-{name}"
        for part in ("state/lists/partial", "cache/archives/partial"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        sources = self.directory / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {MIRROR} {name} main\n")
        status = self.directory / "status"
        status.touch()
        self.options = [
            "-q",
            "-o", f"Dir::Etc::SourceList={sources}",
            "-o", "Dir::Etc::SourceParts=-",
            "-o", f"Dir::State={self.directory}/state",
            "-o", f"Dir::State::status={status}",
            "-o", f"Dir::Cache={self.directory}/cache",
            "-o", "APT::Architecture=amd64",
            "-o", "APT::Sandbox::User=root",
            "-o", "Acquire::Languages=none",
            # The copy of sid that the mirror serves may be past its date; the signature is checked all the same.
            "-o", "Acquire::Check-Valid-Until=false",
        ]
        self._run("apt-get", "update")

    def download(self, package: str) -> Path:
        """Fetches the newest version of a package and returns the path of its .deb."""
        self._run("apt-get", "download", package)
        return next(self.directory.glob(f"{package}_*.deb"))

    def dependency(self, package: str, prefix: str) -> str:
        """The package that a meta package points to: linux-image-amd64 names the kernel of the day."""
        for name in self.dependencies(package):
            if name.startswith(prefix):
                return name
        raise LabError(f"{package} depends on no {prefix}*")

    def dependencies(self, package: str) -> list[str]:
        """What a package depends on, alternatives included."""
        pairs = [line.strip(" |").partition(": ") for line in self._run("apt-cache", "depends", package).splitlines()]
        return [name for kind, _, name in pairs if kind == "Depends"]

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run([program, *self.options, *arguments], cwd=self.directory, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise LabError(f"{program} {' '.join(arguments)} failed:\n{done.stdout[-2000:]}")
        return done.stdout


def version(deb: Path) -> str:
    """The version a .deb carries."""
    return subprocess.check_output(["dpkg-deb", "-f", str(deb), "Version"], text=True).strip()
