#!/usr/bin/env python3
"""Records golden fixtures of --examine and its kin with the oracle in a lab.

Usage: Tests/Lab/lab up NAME --nodes 1 --disks 10x200M && Tests/Fixtures/Examine/record.py NAME [CASE...]

For each case the arrays are made by the installed mdadm, the start and the end of each member are copied
(rows of 32 bytes that are not all zero; `xN` repeats a row), and the output of mdadm is kept next to them.
The clustered case needs a lab with --cluster (on one node: ip addr add 10.10.0.1/24 dev lo first). Existing fixtures are overwritten: look at the difference.
"""

import base64
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LAB = HERE.parent.parent / "Lab" / "lab"

# name: what it is, lines of shell, members, further command lines
CASES = {
    "raid1-1.2-bitmap-spare": (
        "a mirror with bitmap and spare, metadata 1.2",
        ["mdadm -CR /dev/md/foo -n2 -l1 -x1 /dev/vdb /dev/vdc /dev/vdd --assume-clean --bitmap=internal"],
        ["/dev/vdb", "/dev/vdc", "/dev/vdd"]),
    "raid10-1.0-bitmap": (
        "metadata at the end, bitmap before it",
        ["mdadm -CR /dev/md/ten -n4 -l10 -e1.0 --bitmap=internal /dev/vdb /dev/vdc /dev/vdd /dev/vde --assume-clean"],
        ["/dev/vdb", "/dev/vde"]),
    "raid5-1.1-degraded": (
        "metadata at the start, one member failed and removed",
        ["mdadm -CR /dev/md/five -n3 -l5 -e1.1 -c64 /dev/vdb /dev/vdc /dev/vdd --assume-clean --bitmap=none",
         "mdadm /dev/md/five -f /dev/vdc", "sleep 1", "mdadm /dev/md/five -r /dev/vdc"],
        ["/dev/vdb", "/dev/vdc"]),
    "raid6-layout": (
        "a layout with a long name",
        ["mdadm -CR /dev/md/six -n4 -l6 -c32 --layout=ddf-N-continue /dev/vdb /dev/vdc /dev/vdd /dev/vde --assume-clean"],
        ["/dev/vdb"]),
    "raid0": (
        "no redundancy, layout from the feature bit, no home host",
        ["mdadm -CR /dev/md/nought -n2 -l0 -N elsewhere --homehost=other /dev/vdb /dev/vdc"],
        ["/dev/vdb"]),
    "raid5-journal": (
        "a write journal",
        ["mdadm -CR /dev/md/j -n3 -l5 /dev/vdb /dev/vdc /dev/vdd --write-journal /dev/vde"],
        ["/dev/vdb", "/dev/vde"]),
    "raid5-ppl": (
        "a partial parity log",
        ["mdadm -CR /dev/md/p -n3 -l5 -k ppl /dev/vdb /dev/vdc /dev/vdd --assume-clean"],
        ["/dev/vdb"]),
    "raid1-write-mostly": (
        "device flags and write-behind",
        ["mdadm -CR /dev/md/w -n2 -l1 /dev/vdb -W --failfast /dev/vdc --bitmap=internal --write-behind=300 --assume-clean"],
        ["/dev/vdc"]),
    "raid1-0.90-bitmap-spare": (
        "metadata 0.90 with a bitmap and a spare",
        ["mdadm -CR /dev/md5 -n2 -l1 -x1 -e0.90 --bitmap=internal /dev/vdb /dev/vdc /dev/vdd --assume-clean"],
        ["/dev/vdb", "/dev/vdc", "/dev/vdd"]),
    "raid5-0.90-degraded": (
        "metadata 0.90, of another host, one member failed and removed",
        ["mdadm -CR /dev/md6 -n3 -l5 -e0.90 -c64 --homehost=other /dev/vdb /dev/vdc /dev/vdd --assume-clean --bitmap=none",
         "mdadm /dev/md6 -f /dev/vdc", "sleep 1", "mdadm /dev/md6 -r /dev/vdc"],
        ["/dev/vdb", "/dev/vdc", "/dev/vdd"]),
    "raid10-0.90": (
        "metadata 0.90 in far copies",
        ["mdadm -CR /dev/md7 -n4 -l10 -e0.90 --layout=f2 /dev/vdb /dev/vdc missing /dev/vde --assume-clean --bitmap=none"],
        ["/dev/vdb", "/dev/vdc", "/dev/vde"]),
    "linear-0.90": (
        "metadata 0.90 without redundancy",
        ["mdadm -CR /dev/md8 -n2 -llinear -e0.90 /dev/vdb /dev/vdc"],
        ["/dev/vdb", "/dev/vdc"]),
    "mbr": (
        "a partition table and no md",
        ["printf '2048,30000,83\\n40000,5000,5\\n' | sfdisk -q /dev/vdb || true"],
        ["/dev/vdb"]),
    "clustered": (
        "a clustered mirror for two nodes",
        ["mdadm -CR /dev/md/c -n2 -l1 --bitmap=clustered --nodes=2 /dev/vdb /dev/vdc --assume-clean"],
        ["/dev/vdb"]),
}
CLEAN = (
    "for a in /dev/md[0-9]*; do [ -b $a ] && mdadm -S $a; done >/dev/null 2>&1; "
    "for d in b c d e; do for s in 0 3198; do "
    "dd if=/dev/zero of=/dev/vd$d bs=64k seek=$s count=2 oflag=direct conv=notrunc 2>/dev/null; done; done; "
    "udevadm settle; true")
FORMS = ["-E", "-Eb", "-Ebv", "-E --export", "-X", "-Xb"]


def guest(lab, line):
    return subprocess.run([str(LAB), "exec", lab, "1", "--", line], capture_output=True, text=True, check=False)


def rows(lab, device, skip, count):
    command = f"dd if={device} bs=512 skip={skip} count={count} iflag=direct 2>/dev/null | base64"
    data = base64.b64decode(guest(lab, command).stdout)
    found = []
    for place in range(0, len(data), 32):
        row = data[place:place + 32].hex()
        if row.strip("0") == "":
            continue
        offset = skip * 512 + place
        if found and found[-1][1] == row and found[-1][0] + 32 * found[-1][2] == offset:
            found[-1][2] += 1
        else:
            found.append([offset, row, 1])
    return [f"{offset} {row}" + (f" x{times}" if times > 1 else "") for offset, row, times in found]


def record(lab, name):
    title, setup, devices = CASES[name]
    guest(lab, CLEAN)
    for line in setup:
        result = guest(lab, line)
        print(f"{name}: {line}: {result.returncode}", result.stderr.strip().splitlines()[-1:])
    guest(lab, "udevadm settle; for a in /dev/md[0-9]*; do [ -b $a ] && mdadm -S $a; done; udevadm settle")
    version = guest(lab, "mdadm --version").stderr.strip()
    text = [f"# {title}; {version}"] + [f"# {line}" for line in setup]
    for device in devices:
        size = int(guest(lab, f"blockdev --getsz {device}").stdout)
        text.append(f"disk {device.split('/')[-1]} {size}")
        text += rows(lab, device, 0, 64) + rows(lab, device, size - 136, 136)
    lines = [f"{form} {device}" for form in FORMS for device in devices] + ["-Ebv " + " ".join(devices)]
    for line in lines:
        # mdadm crashes without metadata; with a PPL it first complains of a seek to nowhere; with 0.90 and no bitmap
        # it takes the member for an array.
        if name in ("mbr", "raid5-ppl", "raid5-0.90-degraded", "raid10-0.90", "linear-0.90") and line.startswith("-X"):
            continue
        result = guest(lab, f"mdadm {line}")
        text.append(f"=== {result.returncode} {line}")
        text += [f"|{row}" for row in result.stdout.splitlines()]
        text += [f"!{row}" for row in result.stderr.splitlines()]
    (HERE / f"{name}.txt").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    for case in sys.argv[2:] or [name for name in CASES if name != "clustered"]:
        record(sys.argv[1], case)
