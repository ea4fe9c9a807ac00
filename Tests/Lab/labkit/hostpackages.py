"""Programs that the lab needs on the host, and the Debian packages they come in."""

import os
import shutil
import subprocess

from .errors import LabError

# The program that proves a package is there, and the package.
NEEDED = {
    "qemu-system-x86_64": "qemu-system-x86",
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "busybox": "busybox-static",
    "ssh": "openssh-client",
    "cpio": "cpio",
    "xz": "xz-utils",
    "depmod": "kmod",
    "fallocate": "util-linux",
}


def missing() -> list[str]:
    """Packages whose program is not on the path (a user's path may lack the sbin directories, so those are added)."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    return [package for program, package in NEEDED.items() if shutil.which(program, path=path) is None]


def ensure() -> None:
    """Installs what is missing with apt; waits for another apt-get that holds the lock."""
    packages = missing()
    if not packages:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise LabError(f"the lab needs these packages: {' '.join(packages)} (install them, or run this as root on Debian)")
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=600"]
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (apt + ["update"], apt + ["install", "-y", "--no-install-recommends"] + packages):
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise LabError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
    if missing():
        raise LabError(f"still missing after apt-get install: {' '.join(missing())}")
