"""Builds the guest image: kernel, initramfs and a root file system that all guests share as a snapshot."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import debian, hostpackages, kernelmodules, paths
from .errors import LabError

SUITE = "trixie"
ROOT_MEGABYTES = 900


def ensure() -> Path:
    """Returns the image's directory, building it first when the recipe changed. Two callers at once build it once."""
    hostpackages.ensure()
    target = paths.image()
    if target.is_dir():
        return target
    paths.cache().mkdir(parents=True, exist_ok=True)
    with open(paths.cache() / "image.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            _build(target)
    return target


def _build(target: Path) -> None:
    """Builds under a temporary name and renames at the end, so that a half-built image is never used."""
    started = time.monotonic()
    work = target.with_name(target.name + ".building")
    shutil.rmtree(work, ignore_errors=True)
    scratch = work / "scratch"
    scratch.mkdir(parents=True)
    root = scratch / "root"

    say("fetching the kernel and mdadm")
    trixie = debian.Suite(SUITE, scratch)
    kernels = debian.Suite(paths.kernel_suite(), scratch) if paths.kernel_suite() else trixie
    kernel = _kernel_packages(kernels)
    oracle = _oracle(trixie, scratch)
    say("installing Debian " + SUITE)
    _bootstrap(root)
    _install_oracle(root, oracle)
    say("adding the kernel")
    release = _kernel(kernel, scratch, root, work)
    _overlay(root, work)
    _record(root, oracle, kernel, work)
    _initramfs(root, release, scratch, work)
    say("making the root file system")
    _filesystem(root, work)
    shutil.rmtree(scratch)
    (work / "seconds").write_text(f"{time.monotonic() - started:.0f}\n")
    work.rename(target)
    say(f"image ready in {time.monotonic() - started:.0f} s: {target}")


def say(text: str) -> None:
    """Progress goes to standard error: standard output belongs to results."""
    print(f"lab: {text}", file=sys.stderr, flush=True)


def _oracle(trixie: debian.Suite, scratch: Path) -> Path:
    """mdadm of sid (4.6) is what we are compared with; where it is not to be had, trixie's own."""
    try:
        return debian.Suite("sid", scratch).download("mdadm")
    except LabError as error:
        say(f"no mdadm from sid, taking {SUITE}'s: {error}")
        return trixie.download("mdadm")


def _bootstrap(root: Path) -> None:
    packages = [line for line in (paths.RECIPE / "packages.txt").read_text().split("\n") if line and not line.startswith("#")]
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale", "info")]
    _call(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--include=" + ",".join(packages), *excluded,
           f"--keyring={debian.KEYRING}", SUITE, str(root), f"deb {debian.MIRROR} {SUITE} main"])


def _install_oracle(root: Path, deb: Path) -> None:
    shutil.copy(deb, root / "mdadm.deb")
    _call(["chroot", str(root), "/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
           "dpkg", "--install", "/mdadm.deb"])
    (root / "mdadm.deb").unlink()


def _kernel_packages(suite: debian.Suite) -> list[Path]:
    """The kernel of the day; newer ones come in parts, which all have the release in their names."""
    name = suite.dependency("linux-image-amd64", "linux-image-")
    release = name.removeprefix("linux-image-")
    parts = [part for part in suite.dependencies(name) if part.startswith("linux-") and part.endswith("-" + release)]
    return [suite.download(part) for part in [name, *parts]]


def _kernel(debs: list[Path], scratch: Path, root: Path, work: Path) -> str:
    """Unpacks the kernel's package rather than installing it: its scripts would want an initramfs builder in the guest."""
    unpacked = scratch / "kernel"
    for deb in debs:
        _call(["dpkg-deb", "--extract", str(deb), str(unpacked)])
    modules = next(unpacked.glob("**/lib/modules/*"))
    release = modules.name
    kernelmodules.depmod(modules.parent.parent.parent, release)
    target = root / "usr/lib/modules" / release
    kernelmodules.trim(modules, target, kernelmodules.patterns(paths.RECIPE / "modules.txt"))
    kernelmodules.depmod(root, release)
    for part, copy in (("vmlinuz", "vmlinuz"), ("config", "kernel-config")):
        # Newer packages have it beside the modules.
        places = (unpacked / f"boot/{part}-{release}", modules / part)
        shutil.copy(next(place for place in places if place.exists()), work / copy)
    return release


def _overlay(root: Path, work: Path) -> None:
    """Our own files, the keys, and what the lab restores between cases."""
    _call(["cp", "-a", "--no-preserve=ownership", f"{paths.RECIPE}/overlay/.", str(root)])
    init = root / "usr/sbin/init"
    init.unlink(missing_ok=True)
    init.symlink_to("/usr/bin/busybox")
    for path in root.glob("etc/ssh/ssh_host_*"):
        path.unlink()
    _call(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab host", "-f", str(root / "etc/ssh/ssh_host_ed25519_key")])
    _call(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab user", "-f", str(work / "key")])
    home = root / "root/.ssh"
    home.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(work / "key.pub", home / "authorized_keys")
    for name in ("lab", "var/cores"):
        (root / name).mkdir(exist_ok=True)
    shutil.copytree(root / "etc/mdadm", root / "usr/lib/lab/pristine/etc/mdadm")


def _record(root: Path, oracle: Path, kernel: list[Path], work: Path) -> None:
    """Writes which versions are inside, for people in the guest and for the report outside."""
    (root / "etc/oracle-version").write_text(f"mdadm {debian.version(oracle)}\n")
    shown = subprocess.check_output(
        ["dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${Package} ${Version}\n", "mdadm", "corosync", "dlm-controld",
         "libdlm3", "udev", "libc6"], text=True)
    (work / "versions").write_text(shown + f"linux {debian.version(kernel[0])}\n")
    shutil.copy(work / "versions", root / "etc/lab-versions")


def _initramfs(root: Path, release: str, scratch: Path, work: Path) -> None:
    tree = scratch / "initramfs"
    for name in ("bin", "modules", "proc", "sys", "dev", "root"):
        (tree / name).mkdir(parents=True)
    shutil.copy(root / "usr/bin/busybox", tree / "bin/busybox")
    shutil.copy(paths.RECIPE / "initramfs-init", tree / "init")
    modules = root / "usr/lib/modules" / release
    order = kernelmodules.load_order(modules)
    for path in order:
        shutil.copy(modules / path, tree / "modules" / Path(path).name)
    (tree / "load-order").write_text("".join(Path(path).name + "\n" for path in order))
    names = subprocess.check_output(["find", ".", "-print0"], cwd=tree)
    archive = subprocess.run(["cpio", "--null", "--create", "--format=newc", "--quiet"], cwd=tree, input=names,
                             stdout=subprocess.PIPE, check=True)
    (work / "initramfs").write_bytes(archive.stdout)


def _filesystem(root: Path, work: Path) -> None:
    for name in ("var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(root / name, ignore_errors=True)
    image = work / "root.img"
    with open(image, "wb") as file:
        file.truncate(ROOT_MEGABYTES << 20)
    _call(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-L", "labroot", "-d", str(root), str(image)])


def _call(command: list[str]) -> None:
    environment = dict(os.environ, PATH="/usr/sbin:/sbin:" + os.environ.get("PATH", "/usr/bin:/bin"))
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
