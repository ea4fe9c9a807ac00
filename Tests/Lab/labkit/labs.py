"""A lab as a whole: its directory, its guests, its cluster."""

import concurrent.futures
import os
import shutil
import stat
from pathlib import Path

from . import cluster, image, paths
from .errors import LabError
from .guest import Guest
from .spec import Spec

DEFAULT_DISKS = {True: [200] * 12, False: [200] * 8}


class Lab:
    """A lab that exists, running or not."""

    def __init__(self, spec: Spec):
        self.spec = spec
        self.directory = paths.labs() / spec.name

    @property
    def guests(self) -> list[Guest]:
        """All nodes, first to last."""
        return [Guest(self.spec, node, self.directory) for node in range(1, self.spec.nodes + 1)]

    def guest(self, node: int) -> Guest:
        """One node by its number, from 1."""
        if not 1 <= node <= self.spec.nodes:
            raise LabError(f"{self.spec.name} has nodes 1 to {self.spec.nodes}, not {node}")
        return Guest(self.spec, node, self.directory)

    def boot(self, nodes: list[int]) -> None:
        """Starts some nodes side by side, and their cluster once all of them are up."""
        in_parallel([lambda node=node: _boot(self.guest(node)) for node in nodes])
        if self.spec.cluster:
            cluster.start(self, nodes)

    def down(self) -> None:
        """Ends every guest and removes the lab's files."""
        for guest in self.guests:
            guest.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def install(self, binary: Path | None, rules: Path | None) -> None:
        """Puts our program on every node, and keeps it for nodes that boot later."""
        target = self.directory / "share/install"
        target.mkdir(parents=True, exist_ok=True)
        for source, name in ((binary, "swmdadm"), (rules, "69-md-clustered-confirm-device.rules")):
            if source is not None:
                _replace(source, target / name)
        _replace(paths.LAB / "labkit/guest-install", target / "apply", executable=True)
        running = [guest for guest in self.guests if guest.process()]
        in_parallel([lambda guest=guest: _apply(guest) for guest in running])


def create(spec: Spec) -> Lab:
    """Makes and starts a lab; one that does not come up leaves nothing running, only its logs."""
    spec.image = str(image.ensure())
    spec.check()
    lab = Lab(spec)
    if (lab.directory / "state.json").exists():
        raise LabError(f"there is a lab {spec.name} already (lab down {spec.name})")
    (lab.directory / "share").mkdir(parents=True, exist_ok=True)
    for disk, size in zip(spec.disk_names(), spec.disks):
        with open(lab.directory / f"{disk}.raw", "wb") as file:
            file.truncate(size << 20)
    if spec.cluster:
        (lab.directory / "share/corosync.conf").write_text(cluster.corosync_conf(spec))
    spec.save(lab.directory)
    try:
        lab.boot(list(range(1, spec.nodes + 1)))
    except BaseException:
        for guest in lab.guests:
            guest.kill()
        (lab.directory / "state.json").unlink()
        raise
    return lab


def find(name: str) -> Lab:
    """A lab by name."""
    directory = paths.labs() / name
    if not (directory / "state.json").exists():
        known = ", ".join(lab.spec.name for lab in every()) or "none"
        raise LabError(f"there is no lab {name} (there are: {known})")
    return Lab(Spec.load(directory))


def every() -> list[Lab]:
    """All labs, by name."""
    return [Lab(Spec.load(state.parent)) for state in sorted(paths.labs().glob("*/state.json"))]


def in_parallel(jobs) -> None:
    """Runs all jobs at once and waits for all; the first error is raised after the last job ended."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, len(jobs))) as pool:
        waiting = [pool.submit(job) for job in jobs]
    for job in waiting:
        job.result()


def _boot(guest: Guest) -> None:
    """A guest that does not come up gets one more try: an emulator may stumble, and that is not a test's failure."""
    try:
        guest.wait_ready(guest.start())
    except LabError as error:
        image.say(f"trying node {guest.node} once more: {str(error).splitlines()[0]}")
        guest.kill()
        guest.wait_ready(guest.start())


def _apply(guest: Guest) -> None:
    done = guest.connection.run("/lab/install/apply", timeout=120)
    if done.status != 0:
        raise LabError(f"install on node {guest.node} failed: {done.stderr.strip()}")


def _replace(source: Path, target: Path, executable: bool = False) -> None:
    """Copies beside the target and renames, so that a guest never runs half a program."""
    scratch = target.with_name(target.name + ".new")
    shutil.copy(source, scratch)
    if executable or target.name == "swmdadm":
        os.chmod(scratch, os.stat(scratch).st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    scratch.rename(target)
