"""Calls every md function of libblockdev on three disks and prints all that comes back."""

import subprocess
import sys
import time

import gi

gi.require_version("BlockDev", "3.0")
from gi.repository import BlockDev, GLib  # noqa: E402

FIELDS = {
    "BDMDExamineData": "device level num_devices name size uuid metadata chunk_size",
    "BDMDDetailData": "device metadata level name array_size use_dev_size raid_devices total_devices active_devices working_devices failed_devices "
                      "spare_devices clean uuid container",
}
CHANGING = "create activate deactivate run nominate denominate add remove set_bitmap_location request_sync_action".split()
told = 0


def still() -> None:
    """Waits for the end of what the kernel and udev do."""
    time.sleep(0.7)
    while any(word in open("/proc/mdstat").read() for word in ("resync", "recovery", "check", "reshape")):
        time.sleep(0.5)
    subprocess.call(["udevadm", "settle"])
    # The superblocks say clean a moment after the last write.
    time.sleep(0.3)


def shown(value) -> str:
    """A result in one line: the fields of the two structures, or the value itself."""
    for kind, fields in (("examine", FIELDS["BDMDExamineData"]), ("detail", FIELDS["BDMDDetailData"])):
        if hasattr(value, "num_devices" if kind == "examine" else "raid_devices"):
            return ", ".join(f"{field}={getattr(value, field)!r}" for field in fields.split())
    return repr(value)


def call(name: str, *arguments):
    """One call and its result, or its error, in a line."""
    global told
    told += 1
    try:
        result = getattr(BlockDev, "md_" + name)(*arguments)
        text = shown(result)
    except GLib.GError as error:
        result, text = None, f"error: {' '.join(error.message.split())}"
    if name in CHANGING:
        still()
    print(f"{name}({', '.join(map(repr, arguments))}): {text}", flush=True)
    return result


def node() -> str:
    """The kernel's name of the array; it is not compared."""
    return BlockDev.md_node_from_name("calls")


def one_level(level: str, disks: list[str], spares: int, version, bitmap, chunk: int) -> None:
    """The life of an array of one level."""
    print(f"-- {level} {version} {bitmap}")
    call("create", "calls", level, disks, spares, version, bitmap, chunk, None)
    call("get_status", "calls")
    call("detail", "calls")
    for disk in disks:
        call("examine", disk)
    print("name from node", BlockDev.md_name_from_node(node()))
    call("get_bitmap_location", "calls")
    call("deactivate", "calls")
    found = BlockDev.md_examine(disks[0])
    call("activate", "calls", disks, found.uuid, True, None)
    call("run", "calls", None)
    call("detail", "/dev/md/calls")
    call("deactivate", "calls")
    for disk in disks:
        call("destroy", disk)
        call("examine", disk)


def mirror(disks: list[str]) -> None:
    """What is done to an array in use."""
    print("-- in use")
    call("create", "calls", "raid1", disks[:2], 0, None, "internal", 0, None)
    call("create", "calls", "raid1", disks[:2], 0, None, None, 0, None)
    call("request_sync_action", "calls", "check")
    call("request_sync_action", "calls", "nonsense")
    for place in ("none", "internal", "internal", "none", "nonsense"):
        call("set_bitmap_location", "calls", place)
        call("get_bitmap_location", "calls")
    call("add", "calls", disks[2], 0, None)
    call("detail", "calls")
    call("add", "calls", disks[2], 0, None)
    call("remove", "calls", disks[2], False, None)
    call("remove", "calls", disks[2], False, None)
    call("remove", "calls", disks[1], False, None)
    call("remove", "calls", disks[1], True, None)
    call("detail", "calls")
    call("add", "calls", disks[1], 0, None)
    call("detail", "calls")
    call("add", "calls", disks[2], 3, None)
    call("detail", "calls")
    call("destroy", disks[0])
    call("deactivate", "calls")
    call("deactivate", "calls")
    print("-- by increments")
    call("nominate", disks[0])
    call("denominate", disks[0])
    call("denominate", disks[0])
    call("nominate", disks[0])
    call("nominate", disks[0])
    call("nominate", disks[1])
    call("deactivate", "calls")
    call("activate", None, None, None, True, None)
    call("deactivate", "calls")
    call("activate", "calls", disks[:1], None, False, None)
    call("run", "calls", None)
    call("detail", "calls")
    call("deactivate", "calls")
    for disk in disks:
        call("destroy", disk)
        call("destroy", disk)


BlockDev.init(BlockDev.plugin_specs_from_names(("mdraid",)), None)
members = sys.argv[1:]
call("is_tech_avail", BlockDev.MDTech.MDRAID, 0)
call("canonicalize_uuid", "3386ff85:f5012621:4a435f06:1eb47236")
call("get_md_uuid", "3386ff85-f501-2621-4a43-5f061eb47236")
call("get_superblock_size", 1 << 33, "1.2")
for unknown in ("detail", "get_status", "node_from_name", "name_from_node", "deactivate", "get_bitmap_location"):
    call(unknown, "nobody")
call("examine", members[0])
call("examine", "/dev/nobody")
for life in (("raid1", members, 1, None, None, 0), ("raid1", members, 0, "1.0", "none", 0), ("raid0", members, 0, None, None, 65536),
             ("raid5", members, 0, "1.1", "internal", 131072), ("raid10", members, 0, None, None, 0), ("linear", members, 0, None, None, 0),
             ("raid1", members[:2], 0, "0.90", None, 0)):
    one_level(*life)
mirror(members)
print(f"{told} calls")
