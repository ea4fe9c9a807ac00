"""Runs libblockdev's own tests of its mdraid plugin in a guest, against the installed library; prints a line per test, and the counts.

The tests make their disks of files with the SCSI target, which this kernel lacks. Loop devices take their place.
"""

import os
import subprocess
import sys

os.environ["LIBBLOCKDEV_TESTS_SKIP_OVERRIDE"] = "1"
PLACE = "/opt/packages/libblockdev"
os.chdir(PLACE)
sys.path[:0] = ["/lab", f"{PLACE}/tests"]

import reporting  # noqa: E402
import utils  # noqa: E402


def create(path: str, _block_size: int = 0) -> str:
    """A loop device on a file."""
    return subprocess.check_output(["losetup", "--find", "--show", path], text=True).strip()


def delete(device: str) -> None:
    """Ends a loop device."""
    subprocess.call(["udevadm", "settle"])
    if subprocess.call(["losetup", "--detach", device]) != 0:
        raise RuntimeError(device)


utils.create_lio_device, utils.delete_lio_device = create, delete
reporting.run("mdraid_test", sys.argv[1:])
