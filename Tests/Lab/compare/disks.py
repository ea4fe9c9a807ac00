"""The bytes on the disks, read from the host's files, with the values that differ by nature taken out."""

import hashlib
import os
import struct
from pathlib import Path

MAGIC = struct.pack("<I", 0xA92B4EFC)
BITMAP = b"bitm"
JOURNAL = struct.pack("<I", 0x6433C509)
PAGE = 4096


def content(path: Path) -> dict[int, bytes]:
    """The pages of a sparse file that are not all zero, by their offset."""
    pages: dict[int, bytes] = {}
    empty = bytes(PAGE)
    with open(path, "rb") as file:
        end, position = os.fstat(file.fileno()).st_size, 0
        while position < end:
            try:
                start = os.lseek(file.fileno(), position, os.SEEK_DATA)
                position = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            except OSError:  # No data after the position.
                break
            start -= start % PAGE
            file.seek(start)
            while start < position:
                page = file.read(PAGE)
                if page != empty:
                    pages[start] = page
                start += PAGE
    return pages


def digest(path: Path) -> str:
    """Equal for disks with the same content."""
    found = hashlib.sha256()
    for offset, page in sorted(content(path).items()):
        found.update(f"{offset} ".encode() + page)
    return found.hexdigest()


# What a disk went through: --create alone; a running array, whose kernel counts events; one with too few members, of which the kernel
# may or may not write down before the end that its sync of nothing is complete.
WRITTEN, LIVED, DEGRADED = range(3)


def normalised(path: Path, history: int) -> tuple[dict[int, bytes], list[str]]:
    """The pages without uuids and times and what else the disk's history leaves to chance, and what is wrong with checksums."""
    live = history != WRITTEN
    pages = content(path)
    wrong = []
    uuid = next((page[16:32] for page in pages.values() if page[:8] == MAGIC + b"\1\0\0\0"), bytes(16))
    for offset in sorted(pages):
        page = pages[offset]
        for inner in range(0, PAGE, 512):
            if page[inner:inner + 8] == MAGIC + b"\1\0\0\0" and struct.unpack_from("<Q", page, inner + 144)[0] * 512 == offset + inner:
                whole = (page + pages.get(offset + PAGE, bytes(PAGE)))[inner:inner + PAGE]
                if not checksum_agrees(whole):
                    wrong.append(f"superblock at {offset + inner}: checksum does not agree")
                page = _blank(page, inner, _SUPERBLOCK + (_LIVE_SUPERBLOCK if live else ()) + (_RESYNC if history == DEGRADED else ()))
                if live:
                    page = _one_block_size(_one_recovery(_one_ppl(page, inner), inner), inner)
            elif page[inner:inner + 8] == MAGIC + bytes(4) and (offset + inner) % 65536 == 0:
                page = _blank(page, inner, _OLD + (_LIVE_OLD if live else ()))
            elif inner == 0 and page[:4] == JOURNAL:
                if crc32c(page[:4] + bytes(4) + page[8:], crc32c(uuid)) != struct.unpack_from("<I", page, 4)[0]:
                    wrong.append(f"journal block at {offset}: checksum does not agree")
                page = _blank(page, 0, _JOURNAL)
            elif inner == 0 and page[:512] == bytes([255]) * 512 and page[512:516] == _ppl_signature(uuid):
                if ~crc32c(page[:532] + bytes(4) + page[536:]) & 0xFFFFFFFF != struct.unpack_from("<I", page, 532)[0]:
                    wrong.append(f"partial parity log at {offset}: checksum does not agree")
                page = _blank(page, 0, _PARITY_LOG)
            elif page[inner:inner + 4] == BITMAP:
                page = _blank(page, inner, _BITMAP + (_LIVE_BITMAP if live else ()))
        pages[offset] = page
    return pages, wrong


_SUPERBLOCK = ((16, 16), (64, 8), (168, 16), (192, 8), (216, 4))
_LIVE_SUPERBLOCK = ((200, 8),)
_RESYNC = ((208, 8),)
_OLD = ((20, 8), (52, 12), (128, 4), (152, 4))  # version 0.90: uuid and creation time, rest of the uuid, update time, checksum
_LIVE_OLD = ((36, 4), (156, 20))  # how many disks the kernel saw, events, and whether the kernel came to write down that there is nothing to sync
_BITMAP = ((8, 16),)
_JOURNAL = ((4, 4), (16, 8))  # the sequence number is random
_PARITY_LOG = ((512, 4), (532, 4))  # made of the array's uuid
_LIVE_BITMAP = ((24, 8), (32, 8))



def _ppl_signature(uuid: bytes) -> bytes:
    return struct.pack("<I", ~crc32c(uuid) & 0xFFFFFFFF)


def _one_ppl(page: bytes, start: int) -> bytes:
    """The kernel writes either of the two PPL features of a running array, so both count as one."""
    features = struct.unpack_from("<I", page, start + 8)[0]
    if not features & 0xC00:
        return page
    return page[:start + 8] + struct.pack("<I", features | 0xC00) + page[start + 12:]


def _one_recovery(page: bytes, start: int) -> bytes:
    """How far a recovery had come is a matter of the moment; that it had begun is not."""
    features, = struct.unpack_from("<I", page, start + 8)
    if not features & 2 or page[start + 152:start + 160] == bytes(8):
        return page
    return page[:start + 152] + struct.pack("<Q", 1) + page[start + 160:]


def _one_block_size(page: bytes, start: int) -> bytes:
    """Kernels note the logical block size since 6.19, when they come to write; the usual one counts as none."""
    place = start + 224
    return page[:place] + bytes(4) + page[place + 4:] if page[place:place + 4] == struct.pack("<I", 512) else page


# Names of the fields of a version-1 superblock, for the report.
_FIELDS = (
    (0, "magic"), (4, "major"), (8, "feature_map"), (12, "pad0"), (16, "set_uuid"), (32, "set_name"), (64, "ctime"), (72, "level"),
    (76, "layout"), (80, "size"), (88, "chunksize"), (92, "raid_disks"), (96, "bitmap_offset/ppl"), (100, "new_level"),
    (104, "reshape_position"), (112, "delta_disks"), (116, "new_layout"), (120, "new_chunk"), (124, "new_offset"), (128, "data_offset"),
    (136, "data_size"), (144, "super_offset"), (152, "recovery_offset/journal_tail"), (160, "dev_number"), (164, "cnt_corrected_read"),
    (168, "device_uuid"), (184, "devflags"), (185, "bblog_shift"), (186, "bblog_size"), (188, "bblog_offset"), (192, "utime"),
    (200, "events"), (208, "resync_offset"), (216, "sb_csum"), (220, "max_dev"), (224, "logical_block_size"), (228, "pad3"), (256, "dev_roles"))


def checksum(superblock: bytes) -> int:
    """The checksum of a version-1 superblock: little-endian words added up with 216..219 as zero, the carry folded in once."""
    size = 256 + 2 * struct.unpack_from("<I", superblock, 220)[0]
    data = bytearray(superblock[:size])
    data[216:220] = bytes(4)
    total = sum(struct.unpack_from(f"<{size // 4}I", data))
    if size % 4 == 2:
        total += struct.unpack_from("<H", data, size - 2)[0]
    return ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF


def checksum_agrees(superblock: bytes) -> bool:
    """Whether the checksum is right; one that claims more roles than fit is not."""
    if struct.unpack_from("<I", superblock, 220)[0] > (PAGE - 256) // 2:
        return False
    return checksum(superblock) == struct.unpack_from("<I", superblock, 216)[0]


def crc32c(data: bytes, seed: int = 0xFFFFFFFF) -> int:
    """The kernel's crc32c_le."""
    for byte in data:
        seed = seed >> 8 ^ _CRC[(seed ^ byte) & 0xFF]
    return seed


def _crc_entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


_CRC = [_crc_entry(value) for value in range(256)]


def _blank(page: bytes, start: int, ranges) -> bytes:
    data = bytearray(page)
    for offset, length in ranges:
        data[start + offset:start + offset + length] = bytes(length)
    return bytes(data)


def difference(original: dict[int, bytes], ours: dict[int, bytes]) -> list[str]:
    """Where two disks differ, by field name where it is a superblock."""
    lines = []
    for offset in sorted(original.keys() | ours.keys()):
        left, right = original.get(offset, bytes(PAGE)), ours.get(offset, bytes(PAGE))
        if left == right:
            continue
        if MAGIC + b"\1\0\0\0" in (left[:8], right[:8]):
            lines += _fields(offset, left, right)
        else:
            at = next(index for index in range(PAGE) if left[index] != right[index])
            count = sum(one != other for one, other in zip(left, right))
            lines.append(f"at {offset + at}: {left[at:at + 16].hex()} became {right[at:at + 16].hex()} ({count} bytes of the page differ)")
    return lines[:20] + ([f"… {len(lines) - 20} more"] if len(lines) > 20 else [])


def _fields(offset: int, left: bytes, right: bytes) -> list[str]:
    lines = []
    for (start, name), (end, _) in zip(_FIELDS, (*_FIELDS[1:], (PAGE, ""))):
        if left[start:end] != right[start:end]:
            lines.append(f"superblock at {offset}: {name} {left[start:end][:32].hex()} became {right[start:end][:32].hex()}")
    return lines
