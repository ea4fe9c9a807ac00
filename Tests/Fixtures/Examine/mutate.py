#!/usr/bin/env python3
"""Superblocks with random fields, and what the original says about them.

Usage: mutate.py record MDADM           writes mutated-0.90.txt and mutated-1.txt
       mutate.py compare MDADM OURS [SEED [COUNT]]   shows where two programs differ: of one device, of several
                                       that are members of one array or nearly, and in what is erased; exit 1 where they do

MDADM is the installed mdadm 4.6, OURS our program under the name mdadm. Both are run on plain files, without any array.
What is left out on purpose: names and levels that no array can have, tables of roles that are too long, and bad-block logs outside
the device, of which our program says more than the original; and what -e 1 erases where there are several.
"""

import difflib
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
MAGIC = 0xA92B4EFC
LEVELS = (0, 1, 4, 5, 6, 10, -1, -4)
LAYOUTS = {5: (0, 1, 2, 3, 4, 5, 18), 6: (0, 1, 2, 3, 8, 9, 10, 16, 17, 18, 19, 20, 99),
           10: (0x102, 0x202, 0x103, 0x201, 0x10202, 0x101), 0: (0, 1, 2, 3)}
SIZES = (65536, 131072, 1 << 20, (1 << 20) + 4096, (1 << 20) + 65024, 4 << 20)


def wild(dice, bits=32):
    top = (1 << bits) - 1
    return dice.choice([0, 1, 2, 3, 8, top, top >> 1, (top >> 1) + 1, dice.getrandbits(bits), dice.getrandbits(bits // 2),
                        dice.getrandbits(8)]) & top


def folded(total):
    return ((total & 0xFFFFFFFF) + (total >> 32)) & 0xFFFFFFFF


def sealed(block):
    """A superblock with its checksum made right; another block as it is."""
    if len(block) < 4096 or struct.unpack_from("<I", block)[0] != MAGIC:
        return bytes(block)
    block = bytearray(block)
    if struct.unpack_from("<I", block, 4)[0] == 0:
        struct.pack_into("<I", block, 4 * 38, 0)
        struct.pack_into("<I", block, 4 * 38, folded(sum(struct.unpack("<1024I", block))))
    elif (count := struct.unpack_from("<I", block, 220)[0]) <= 1900:
        end = 256 + 2 * count
        total = sum(struct.unpack_from("<I", block, place)[0] for place in range(0, end - end % 4, 4) if place != 216)
        struct.pack_into("<I", block, 216, folded(total + (struct.unpack_from("<H", block, end - 2)[0] if end % 4 else 0)))
    return bytes(block)


class Image:
    """A device as a file: runs of bytes at places."""

    def __init__(self, size):
        self.size, self.runs = size, []

    def put(self, place, data):
        if 0 <= place < self.size:
            self.runs.append((place, bytes(data[:self.size - place])))

    def write(self, path):
        with open(path, "wb") as file:
            file.truncate(self.size)
            for place, data in self.runs:
                file.seek(place)
                file.write(data)


def elder(dice):
    """A member of metadata 0.90."""
    raid, spares = dice.randint(1, 8), dice.randint(0, 3)
    level = dice.choice(LEVELS)
    layout = dice.choice(LAYOUTS.get(level, (0,))) if level else 0
    words = [0] * 1024
    uuid = [dice.getrandbits(32) for _ in range(4)]
    for place, value in {
            0: MAGIC, 2: 90, 5: uuid[0], 6: 1700000000, 7: level & 0xFFFFFFFF, 8: dice.choice([204736, 100, 4999, 5000, wild(dice)]),
            9: raid + spares, 10: raid, 11: wild(dice), 12: dice.choice([0, 0, 0, 1]), 13: uuid[1], 14: uuid[2], 15: uuid[3],
            32: wild(dice), 33: dice.choice([0, 1, 1, 3, 0x100, 0x101]), 34: 2, 35: 2, 37: spares, 39: wild(dice),
            40: dice.choice([0, 0, 0, 1, wild(dice)]), 43: 0xFFFFFFFF, 64: layout,
            65: dice.choice([4096, 65536, 524288, 1000, wild(dice)])}.items():
        words[place] = value
    if dice.random() < .4:
        words[2] = dice.choice([91, 91, 92, 89, 99, 100])
        words[44:50] = [dice.choice([0, 2048, wild(dice)]), dice.choice([0, 2, wild(dice)]),
                        dice.choice([level, 5, 6, 0]) & 0xFFFFFFFF, dice.choice([0, 1, -1, 2, -2]) & 0xFFFFFFFF,
                        dice.choice([layout, 0, 2, 5, 0x102]), dice.choice([words[65], 4096, 65536])]
    rows = [(i, dice.choice([8, 0, 250]), dice.choice([0, 16, 33]), i,
             dice.choice([6, 6, 6, 0, 1, 8, 2, 0x206, 0x406, 0x606, 0x200, 0x400, 0x10, 0xE, dice.getrandbits(12)]))
            for i in range(raid + spares)]
    for number, row in enumerate(rows):
        words[128 + 32 * number:128 + 32 * number + 5] = row
    words[992:997] = rows[dice.choice([0, len(rows) - 1])]
    if dice.random() < .3:
        for _ in range(dice.randint(1, 3)):
            words[dice.choice([3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, *range(32, 37), *range(38, 50), 65, *range(992, 997)])] = wild(dice)
    block = struct.pack("<1024I", *words)
    if dice.random() < .85:
        block = sealed(block)
    image = Image(dice.choice(SIZES))
    place = image.size // 65536 * 65536 - 65536
    image.put(place, block)
    if dice.random() < .4:
        owner = struct.pack("<4I", words[5], *words[13:16]) if dice.random() < .8 else bytes(16)
        image.put(place + 4096, struct.pack("<II", 0x6D746962, 4) + owner + struct.pack("<QQQIII", 1, 1, 1000, 0, 65536, 5))
    return image


def member(dice):
    """A member of metadata 1."""
    image, block = Image(dice.choice(SIZES)), bytearray(4096)
    sectors = image.size // 512

    def put(place, form, value):
        struct.pack_into("<" + form, block, place, value)

    level, raid = dice.choice(LEVELS), dice.randint(1, 8)
    layout = dice.choice(LAYOUTS.get(level, (0,)))
    home = dice.choice([(sectors - 16) & ~7, 0, 8])
    start = dice.choice([0 if home > 8 else 16, 256, 2048, 2048, wild(dice, 64)])
    data = dice.choice([sectors - start if start < sectors else 100, 2048, wild(dice, 64), sectors])
    used = dice.choice([data, data - 8, 2048, wild(dice, 64)]) & ((1 << 64) - 1)
    features = sum(1 << bit for bit in (*range(13), 13, 20) if dice.random() < (.24 if bit in (0, 12) else .07))
    name = dice.choice([b"host:0", b"0", b"", b"any:x", b"other:home", b"host:", b":x"])
    for place, form, value in (
            (0, "I", MAGIC), (4, "I", 1), (8, "I", features), (64, "Q", dice.choice([1700000000, 1700000000 | 5 << 40, wild(dice, 64)])),
            (72, "i", level), (76, "I", layout), (80, "Q", used), (88, "I", dice.choice([0, 8, 128, 1024, wild(dice)])), (92, "I", raid),
            (96, "I", dice.choice([8, 16, 0xFFFFFFF8, 0, wild(dice)])), (100, "i", dice.choice([level, 5, 6, 0])),
            (104, "Q", dice.choice([0, 2048, 1 << 33, wild(dice, 64)])), (112, "i", dice.choice([0, 0, 1, -1, 2, -2])),
            (116, "I", dice.choice([layout, 0, 2, 0x102])), (120, "I", dice.choice([8, 128, wild(dice)])),
            (124, "I", dice.choice([0, 8, 0xFFFFFFF8, wild(dice)])), (128, "Q", start), (136, "Q", data), (144, "Q", home),
            (152, "Q", dice.choice([0, 100, wild(dice, 64)])), (160, "I", dice.randint(0, raid + 1)), (164, "I", wild(dice)),
            (184, "B", dice.choice([0, 0, 1, 2, 3, dice.getrandbits(8)])), (185, "B", 9), (186, "H", dice.choice([0, 8, 8, 64])),
            (188, "I", dice.choice([0, 16, 0xFFFFFFF0])), (192, "Q", dice.choice([1700000100, wild(dice, 64)])),
            (200, "Q", wild(dice, 64)), (208, "Q", dice.choice([0, (1 << 64) - 1, 100])), (220, "I", raid + 3)):
        put(place, form, value)
    block[16:32] = dice.randbytes(16)
    block[32:32 + len(name)] = name
    block[168:184] = dice.randbytes(16)
    for number in range(raid + 3):
        role = number if number < raid else 0xFFFF
        put(256 + 2 * number, "H", role if dice.random() > .1 else dice.choice([0xFFFF, 0xFFFE, 0xFFFD, 0, 1, raid, raid + 1, wild(dice, 16)]))
    if dice.random() < .85:
        block = bytearray(sealed(block))
    image.put(home * 512, block)
    bitmap = struct.unpack_from("<i", block, 96)[0]
    if bitmap and dice.random() < .7:
        owner = block[16:32] if dice.random() < .85 else bytes(16)
        image.put((home + bitmap) * 512, struct.pack("<II", 0x6D746962, dice.choice([4, 5, 6])) + owner + struct.pack(
            "<QQQIIIIII", 5, 5, dice.choice([2048, 100000]), 0, dice.choice([4096, 65536, 1 << 26]), 5, 0, 8, dice.choice([0, 0, 2])))
    log = struct.unpack_from("<i", block, 188)[0]
    if log and dice.random() < .5:
        entries = [dice.choice([(1 << 64) - 1, 5 << 10 | 3, wild(dice, 64)]) for _ in range(dice.choice([0, 1, 5]))]
        image.put((home + log) * 512, struct.pack(f"<{len(entries)}Q", *entries))
    return image


FORMS = ("-E", "-Eb", "-Ebv", "-E --export", "-Q", "--examine-badblocks")


# What ours says on purpose where the original believes it.
SAYS_MORE = ("would lie outside", "damaged or made up", "roles is longer", "\\x")
FAMILY = (["-Es"], ["-Esv"], ["-E"], ["-X"], ["-Q"], ["-Es", "--homehost=host"], ["-E", "--export"])
ERASE = ([], ["-e", "0"], ["-e", "0.swap"], ["-e", "1.0"], ["-e", "1.1"], ["-e", "1.2"], ["-e", "default"])


def family(dice):
    """Four devices, most of them copies of one before them with a byte or two of the superblock changed."""
    images = []
    for _ in range(4):
        image = dice.choice((elder, member, member))(dice)
        if images and dice.random() < .7:
            model = dice.choice(images)
            image = Image(model.size)
            image.runs = list(model.runs)
            for number in dice.sample(range(len(image.runs)), min(len(image.runs), dice.choice([0, 1, 1]))):
                place, block = image.runs[number]
                block = bytearray(block)
                for _ in range(dice.randint(1, 2) if block else 0):
                    block[dice.randrange(min(len(block), 300))] = dice.choice([0, 1, dice.getrandbits(8)])
                image.runs[number] = (place, sealed(block))
        images.append(image)
    return images


def ask(program, words, folder):
    """Exit status and both streams."""
    done = subprocess.run([program, *words], capture_output=True, stdin=subprocess.DEVNULL, check=False, cwd=folder,
                          env={"TZ": "UTC", "PATH": "/usr/bin"})
    streams = [stream.decode("latin1") for stream in (done.stdout, done.stderr)]
    # Seeks to where nothing is.
    streams[1] = "".join(line for line in streams[1].splitlines(True) if "lseek fails" not in line)
    return done.returncode, *streams


def questions(seed):
    """What is asked of the devices of a seed: their images, and the words."""
    for kind in (elder, member):
        yield [kind(random.Random(seed))], [[*form.split(), "m0"] for form in FORMS]
        yield [kind(random.Random(seed))], [["--zero-superblock", *words, *more, "m0"] for words in ERASE for more in ([], ["--force"])]
    images = family(random.Random(seed))
    yield images, [[*words, *(f"m{number}" for number in range(len(images)))] for words in FAMILY]


def compare(original, ours, seed=1, count=500):
    answers = differences = 0
    with tempfile.TemporaryDirectory() as folder:
        def after(program, images, words):
            for number, image in enumerate(images):
                image.write(f"{folder}/m{number}")
            answer = ask(program, words, folder)
            return *answer, *(Path(f"{folder}/m{number}").read_bytes() for number in range(len(images)) if words[0] == "--zero-superblock")

        for number in range(seed, seed + count):
            for images, lines in questions(number):
                for words in lines:
                    left, right = after(original, images, words), after(ours, images, words)
                    answers += 1
                    if left == right or left[0] < 0 or any(text in right[1] + right[2] for text in SAYS_MORE):
                        continue
                    differences += 1
                    print(f"seed {number}: {' '.join(words)}: exit {left[0]}, {right[0]}{', bytes' if left[3:] != right[3:] else ''}")
                    print("\n".join(difflib.unified_diff((left[1] + left[2]).splitlines(), (right[1] + right[2]).splitlines(), n=0, lineterm="")))
    print(f"{count} seeds from {seed}, {answers} answers, {differences} differences")
    return differences


def rows(path):
    """The bytes of an image as lines of 32, without those that are zero."""
    data = Path(path).read_bytes()
    parts = ((place, data[place:place + 32].hex()) for place in range(0, len(data), 32))
    return [f"{place} {row}" for place, row in parts if row.strip("0")]


def record(original, count=20):
    for kind, name in ((elder, "mutated-0.90"), (member, "mutated-1")):
        text, runs, disk, seed = [f"# {kind.__doc__} Made by mutate.py."], [], 0, 0
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/member"
            while disk < count:
                seed += 1
                image = kind(random.Random(seed))
                image.write(path)
                shown = "/dev/vd" + chr(ord("b") + disk)
                answers = [(form, status, output.replace(path, shown), error.replace(path, shown)) for form in ("-E", "-Ebv", "-E --export", "-Q")
                           for status, output, error in [ask(original, [*form.split(), path], folder)]]
                # Device nodes would differ from machine to machine.
                if any(status < 0 for _, status, _, _ in answers) or answers[0][2].count("/dev/") > 1:
                    continue
                disk += 1
                text += [f"disk {shown[5:]} {image.size // 512}", f"# seed {seed}"] + rows(path)
                for form, status, output, error in answers:
                    runs.append(f"=== {status} {form} {shown}")
                    runs += ["|" + line for line in output.splitlines()] + ["!" + line for line in error.splitlines()]
        (HERE / f"{name}.txt").write_text("\n".join(text + runs) + "\n")


if __name__ == "__main__":
    if sys.argv[1] == "record":
        record(sys.argv[2])
    else:
        sys.exit(compare(*sys.argv[2:4], *map(int, sys.argv[4:])) > 0)
