"""swmdadm beside mdadm in one guest: time, reads, system calls, memory, size. Ratios mean something; seconds under emulation do not."""

import statistics

from labkit.cases import Case, Shape
from labkit.stage import Stage

ROUNDS = 5
SLOW_ROUNDS = 3

# bash knows the time without starting a program, which would count, too.
SHELL = "bash -s"

# What is timed: a label, the arguments, runs in a round.
TIMED = (
    ("start (`--version`)", "--version", 20),
    ("`--examine` of a member", "--examine /dev/lab/d1", 10),
    ("`--examine` of a blank disk", "--examine /dev/lab/d9", 10),
    ("`--examine --export` of a member", "--examine --export /dev/lab/d1", 10),
    ("`--examine --scan`, 16 disks", "--examine --scan", 5),
    ("`--detail`", "--detail /dev/md/t", 10),
    ("`--detail --export`", "--detail --export /dev/md/t", 10),
    ("`--detail --scan`, 2 arrays", "--detail --scan", 10),
    ("`--query` of a member", "--query /dev/lab/d1", 10),
)

# One life of an array, over and over: each line is timed by itself and then left alone until udev and the array are idle.
LIFE = (
    ("`--create`, raid5 of 3", "--create /dev/md/v --run --assume-clean -b internal -l5 -n3 /dev/lab/d10 /dev/lab/d11 /dev/lab/d12"),
    ("`--fail`", "/dev/md/v --fail /dev/lab/d11"),
    ("`--remove`", "/dev/md/v --remove /dev/lab/d11"),
    ("`--re-add`", "/dev/md/v --re-add /dev/lab/d11"),
    ("`--add` of a spare", "/dev/md/v --add /dev/lab/d8"),
    ("`--readonly`", "--readonly /dev/md/v"),
    ("`--stop`", "--stop /dev/md/v"),
    ("`--assemble`", "--assemble /dev/md/v /dev/lab/d10 /dev/lab/d11 /dev/lab/d12 /dev/lab/d8"),
    ("`--stop --scan`, 1 array", "--stop --scan"),
    ("`--zero-superblock`, 4 disks", "--zero-superblock /dev/lab/d10 /dev/lab/d11 /dev/lab/d12 /dev/lab/d8"),
)

_PREPARE = """
ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules; udevadm control --reload
mdadm --create /dev/md/t --run --assume-clean -l5 -n4 -b internal /dev/lab/d1 /dev/lab/d2 /dev/lab/d3 /dev/lab/d4
mdadm --create /dev/md/u --run --assume-clean -l1 -n2 -b none /dev/lab/d5 /dev/lab/d6
udevadm settle; sync
"""

_TOOLS = """
PATH=/usr/sbin:/usr/bin:/sbin:/bin
run() { tool=$1; count=$2; shift 2; start=${EPOCHREALTIME/./}; n=0
    while [ $n -lt $count ]; do $tool "$@" >/dev/null 2>&1; n=$((n+1)); done; echo $(( (${EPOCHREALTIME/./} - start) * 1000 / count )); }
calls() { tool=$1; shift; strace -f -qq -o /tmp/strace -y $tool "$@" >/dev/null 2>&1
    echo "$(grep -c '(' /tmp/strace) $(reads </tmp/strace) $(grep -cE ' (openat|open)\\(' /tmp/strace)"; }
# A ring takes many at once: its second argument says how many.
reads() { awk 'match($0, /io_uring_enter\\([0-9]+<[^>]*>, [0-9]+/) { split(substr($0, RSTART, RLENGTH), part, ", "); n += part[2] }
    / (read|pread64|preadv2?)\\([0-9]+<\\/dev\\/(vd|md|lab)/ { n++ } END { print n + 0 }'; }
"""
_CLOCK = """
PATH=/usr/sbin:/usr/bin:/sbin:/bin
# Neither program is read from the disk while the clock runs.
for tool in mdadm swmdadm; do $tool --version >/dev/null 2>&1; $tool --examine /dev/lab/d1 >/dev/null 2>&1; done
clock() { start=${EPOCHREALTIME/./}; "$@" >/tmp/out 2>/tmp/err; status=$?; echo "$(( (${EPOCHREALTIME/./} - start) / 1000 )) $status $(wc -l </tmp/out)"; }
"""
_IDLE = """
idle() { udevadm settle; n=0; while grep -qE 'resync|recovery' /proc/mdstat && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done; }
"""
# Peak memory of a command, in KiB.
_MEMORY = """
memory() { busybox time -v "$@" 2>&1 >/dev/null | sed -n 's/.*Maximum resident.*: //p'; }
"""


def bench(stage: Stage) -> None:
    """Interleaved rounds, so that the host's moods hit both alike; the median of the rounds counts."""
    node = stage.node(1)
    node.script(_PREPARE)
    rows = [("program size", *_numbers(node, "stat -Lc %s /usr/sbin/mdadm /usr/sbin/swmdadm"), "bytes")]
    for label, arguments, count in TIMED:
        body = _TOOLS + "".join(f"run mdadm {count} {arguments}; run swmdadm {count} {arguments}\n" for _ in range(ROUNDS))
        numbers = [int(word) for word in _timed(node, body).stdout.split()]
        rows.append((label, *(statistics.median(numbers[side::2]) / 1e6 for side in (0, 1)), "ms"))
    for label, arguments in (("`--examine` of a member", "--examine /dev/lab/d1"), ("`--examine` of a blank disk", "--examine /dev/lab/d9"),
                             ("`--detail`", "--detail /dev/md/t"), ("`--detail --export`", "--detail --export /dev/md/t"),
                             ("`--examine --scan`", "--examine --scan")):
        theirs, ours = (line.split() for line in _timed(node, _TOOLS + f"calls mdadm {arguments}; calls swmdadm {arguments}\n").stdout.splitlines())
        rows.append((f"system calls of {label}", int(theirs[0]), int(ours[0]), ""))
        rows.append((f"reads from disks of {label}", int(theirs[1]), int(ours[1]), ""))
    for arguments in ("--version", "--examine /dev/lab/d1", "--detail /dev/md/t", "--examine --scan"):
        rows.append((f"peak memory of `{arguments.replace('/dev/lab/d1', 'MEMBER').replace('/dev/md/t', 'ARRAY')}`",
                     *_numbers(node, f"{_TOOLS}{_MEMORY}memory mdadm {arguments}; memory swmdadm {arguments}"), "KiB"))
    node.script("mdadm --stop --scan; udevadm settle")
    rows += _life(stage, node)
    stage.note(table(rows))


def _life(stage: Stage, node) -> list:
    figures = {label: ([], []) for label, _ in LIFE}
    for _ in range(ROUNDS):
        for side, tool in enumerate(("mdadm", "swmdadm")):
            body = _CLOCK + _IDLE + "".join(f"clock {tool} {line}; idle\n" for _, line in LIFE)
            for (label, line), answer in zip(LIFE, _timed(node, body).stdout.splitlines(), strict=True):
                duration, status, _ = answer.split()
                stage.expect(status == "0", f"{tool} {line} ends with {status}")
                figures[label][side].append(float(duration))
    return [(label, *(statistics.median(side) for side in sides), "ms") for label, sides in figures.items()]


def _timed(node, script: str):
    return node.sh(SHELL, timeout=900, stdin=script.encode())


def _numbers(node, script: str) -> list[int]:
    return [int(word) for word in _timed(node, script).stdout.split()]


def table(rows) -> str:
    """Markdown for the README."""
    lines = ["| | mdadm 4.6 | swmdadm | ratio |", "|---|---:|---:|---:|"]
    for label, theirs, ours, unit in rows:
        form = "{:,.1f}" if isinstance(theirs, float) else "{:,}"
        ratio = f"{ours / theirs:.2f}" if theirs else "-"
        lines.append(f"| {label} | {form.format(theirs)} {unit} | {form.format(ours)} {unit} | {ratio} |".replace("  |", " |"))
    return "\n".join(lines)


# 64 disks that answer each request after 10 ms, with 32 mirrors on them: slices of two disks behind dm-delay. The arrays are made before the
# disks become slow. The real disks are left out of the scans by the configuration.
_UNWATCHED = """
ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules
printf 'SUBSYSTEM=="block", KERNEL=="dm-*", OPTIONS+="nowatch", GOTO="slow_end"\\nLABEL="slow_end"\\n' >/etc/udev/rules.d/10-slow.rules
ln -sf /dev/null /etc/udev/rules.d/60-persistent-storage-dm.rules; ln -sf /dev/null /etc/udev/rules.d/60-persistent-storage.rules
udevadm control --reload
modprobe dm-delay
"""
_SLOW = _UNWATCHED + """
n=0
while [ $n -lt 64 ]; do
    disk=/dev/lab/d$((1 + n / 32)); start=$((n % 32 * 32768))
    echo "0 32768 linear $disk $start" | dmsetup create slow$n
    n=$((n+1))
done
udevadm settle
n=0
while [ $n -lt 64 ]; do
    mdadm --create /dev/md/p$n --run --assume-clean -b none -l1 -n2 /dev/mapper/slow$n /dev/mapper/slow$((n+1)) >/dev/null 2>&1
    n=$((n+2))
done
mdadm --stop --scan; udevadm settle
n=0
while [ $n -lt 64 ]; do
    disk=/dev/lab/d$((1 + n / 32)); start=$((n % 32 * 32768))
    dmsetup suspend --noflush slow$n; echo "0 32768 delay $disk $start 10" | dmsetup load slow$n; dmsetup resume slow$n
    n=$((n+1))
done
echo 'DEVICE /dev/mapper/slow*' >/tmp/slow.conf
udevadm settle; sync
"""


def slow(stage: Stage) -> None:
    """Disks of 10 ms: what counts is how many requests wait for each other."""
    node = stage.node(1)
    node.script(_SLOW, timeout=900)
    rows = []
    for label, arguments, before in (
            ("one `--examine`", "--examine /dev/mapper/slow9", ""),
            ("`--examine --scan`, 64 disks", "--examine --scan --config=/tmp/slow.conf", ""),
            ("`--assemble --scan`, 32 arrays", "--assemble --scan --config=/tmp/slow.conf", "mdadm --stop --scan; udevadm settle\n")):
        times = []
        for _ in range(SLOW_ROUNDS):
            results = [_timed(node, f"{_CLOCK}{before}clock {tool} {arguments}\n").stdout.split() for tool in ("mdadm", "swmdadm")]
            stage.expect(results[0][1:] == results[1][1:] and results[0][1] == "0", f"{label}: status and lines {results}")
            times.append([float(result[0]) for result in results])
        rows.append((f"{label}, each 10 ms", *(statistics.median(side) for side in zip(*times)), "ms"))
    arrays = [int(node.out("ls -d /sys/block/md*/md | wc -l"))]
    stage.expect(arrays == [32], f"{arrays} arrays after the last --assemble --scan")
    stage.note(table(rows))
    examine, scan, assemble = ((theirs, ours) for _, theirs, ours, _ in rows)
    stage.expect(scan[0] > 8 * scan[1] and assemble[0] > 2 * assemble[1], "hardly faster than mdadm, although all disks are asked at once")


def many(stage: Stage) -> None:
    """512 devices of which one is slow: the cost is that of the slowest, and memory has a bound."""
    node = stage.node(1)
    node.script(_UNWATCHED + """
n=0
while [ $n -lt 512 ]; do echo "0 4096 linear /dev/lab/d$((1 + n / 256)) $((n % 256 * 4096))" | dmsetup create --noudevsync many$n; n=$((n+1)); done
udevadm settle
echo 'DEVICE /dev/mapper/many*' >/tmp/many.conf
""", timeout=1200)
    figures = {}
    for name, prepare in (("fast", ""), ("one slow", "dmsetup suspend many300; echo '0 4096 delay /dev/lab/d2 180224 1000' | dmsetup load many300; dmsetup resume many300\n")):
        lines = _timed(node, f"{_CLOCK}{_MEMORY}{prepare}clock swmdadm --examine --scan --config=/tmp/many.conf; "
                             "memory swmdadm --examine --scan --config=/tmp/many.conf\n").stdout.split()
        figures[name] = int(lines[0]), int(lines[-1])
    stage.note(f"512 devices: {figures['fast'][0]} ms, {figures['fast'][1]} KiB; with one that answers after 1 s: {figures['one slow'][0]} ms, {figures['one slow'][1]} KiB")
    stage.expect(max(memory for _, memory in figures.values()) < 64 << 10, f"more than 64 MiB: {figures}")
    # Two rounds of reads of the slow one, on top of what the others cost.
    stage.expect(figures["one slow"][0] < figures["fast"][0] * 2 + 6000, f"a slow disk costs more than itself: {figures}")


SLICES = Shape(disks="2x544M")
CASES = [
    Case("bench", "swmdadm beside mdadm", bench, seconds=1800, only_on_request=True),
    Case("bench-slow", "64 disks of 10 ms beside mdadm", slow, SLICES, 2400, only_on_request=True),
    Case("bench-many", "512 devices, one of them slow", many, SLICES, 2400, only_on_request=True),
]
