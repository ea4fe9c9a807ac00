"""What a reshape overwrote halfway is put back by ours as the kernel itself would have written it.

The kernel writes an array of the shape that the reshape is to end in. Then the superblocks say that the reshape is still under way, a part
of the array goes into a backup file, and garbage takes its place on the members.
"""

import struct

from labkit.stage import Stage

from . import reshapes

DISKS = "6x32M"
# Level, layout, disks: every layout that the kernel knows, where first and second parity go round or stay.
SHAPES = (
    ("4", None, 4), *(("5", layout, 4) for layout in ("left-asymmetric", "right-asymmetric", "left-symmetric", "right-symmetric", "parity-first", "parity-last")),
    ("5", "left-symmetric", 6), *(("6", layout, 6 if layout.endswith("-6") else 5) for layout in (
        "left-asymmetric", "right-asymmetric", "left-symmetric", "right-symmetric", "parity-first", "parity-last", "ddf-zero-restart", "ddf-N-restart",
        "ddf-N-continue", "left-asymmetric-6", "right-asymmetric-6", "left-symmetric-6", "right-symmetric-6", "parity-first-6")),
)
BEGIN = """
mdadm --create /dev/md1 --run -e 1.2 -l{level} {layout} -n{count} -c 32 -z 1024 -b none --assume-clean {members}
dd if=/dev/urandom of=/dev/md1 bs=1M oflag=direct
dd if=/dev/md1 of=/lab/region bs=512 skip={start} count={length}
mdadm --stop /dev/md1; sync
"""
RESTORE = """
echo 3 >/proc/sys/vm/drop_caches
swmdadm --assemble /dev/md1 --backup-file=/lab/copies {members} 2>&1; echo "ended $?"
swmdadm --stop /dev/md1; sync
"""
CLEAN = "mdadm --zero-superblock {members}; udevadm settle\n"


def compare(stage: Stage) -> None:
    """Every shape, forwards or backwards in turn."""
    node = stage.node(1)
    for number, (level, layout, count) in enumerate(SHAPES):
        names = [f"d{place}" for place in range(1, count + 1)]
        members = " ".join(f"/dev/lab/{name}" for name in names)
        # Multiples of every stripe of both shapes, in sectors.
        data = count - (2 if level == "6" else 1)
        start, length = 128 * data * 4, 128 * data * 3
        node.script(BEGIN.format(level=level, layout=f"--layout={layout}" if layout else "", count=count, members=members, start=start, length=length))
        before = [stage.disk(name).read_bytes() for name in names]
        backwards = number % 2 == 1
        for name in names:
            _spoil(stage, name, start, length, data, backwards)
        header = reshapes.Copies(((start, length),)).header("1.2", before[0][4096:8192], 8)
        (stage.share / "copies").write_bytes(header.ljust(4096, b"\0") + (stage.share / "region").read_bytes())
        text = node.script(RESTORE.format(members=members), check=False).stdout
        what = f"raid{level} {layout}, {count} disks, {'backwards' if backwards else 'forwards'}"
        stage.expect("restoring critical section" in text and "ended 0" in text, f"{what}\n{text}")
        for name, whole in zip(names, before):
            after = stage.disk(name).read_bytes()
            start_of_data = struct.unpack_from("<Q", whole, 4096 + 128)[0] * 512
            stage.expect(after[start_of_data:] == whole[start_of_data:], f"{what}: {name} is not as the kernel wrote it")
            position, = struct.unpack_from("<Q", after, 4096 + 104)
            stage.expect(position == (start if backwards else start + length), f"{what}: {name} says that the reshape is at {position}")
        node.script(CLEAN.format(members=members))
    stage.note(f"{len(SHAPES)} shapes, data and parity of each put back to the byte")


def _spoil(stage: Stage, name: str, start: int, length: int, data: int, backwards: bool) -> None:
    """A member in the middle of a reshape from chunks of 64 KiB, which was about to copy this part."""
    with open(stage.disk(name), "r+b") as disk:
        disk.seek(4096)
        level, layout = struct.unpack_from("<iI", disk.read(4096), 72)
        position = start + length if backwards else start
        block = reshapes.edit(disk, "1.2", {"features": 4 | (0x20 if backwards else 0), "chunk": 128, "position": position, "delta": 0, "new level": level,
                                            "new layout": layout, "new chunk": 64, "new offset": 0})
        disk.seek((struct.unpack_from("<Q", block, 128)[0] + start // data) * 512)
        disk.write(b"\xa5" * (length // data * 512))
