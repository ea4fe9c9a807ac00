"""swmdadm beside mdadm in one guest: time, reads, system calls, memory, size. Ratios mean something; seconds under emulation do not."""

import statistics

from labkit.cases import Case
from labkit.stage import Stage

ROUNDS = 5

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

_PREPARE = """
ln -sf /dev/null /etc/udev/rules.d/64-md-raid-assembly.rules; udevadm control --reload
mdadm --create /dev/md/t --run --assume-clean -l5 -n4 -b internal /dev/lab/d1 /dev/lab/d2 /dev/lab/d3 /dev/lab/d4
mdadm --create /dev/md/u --run --assume-clean -l1 -n2 -b none /dev/lab/d5 /dev/lab/d6
udevadm settle; sync
"""

_TOOLS = """
PATH=/usr/sbin:/usr/bin:/sbin:/bin
run() { tool=$1; count=$2; shift 2; start=$(date +%s%N); n=0
    while [ $n -lt $count ]; do $tool "$@" >/dev/null 2>&1; n=$((n+1)); done; echo $(( ($(date +%s%N) - start) / count )); }
calls() { tool=$1; shift; strace -f -qq -o /tmp/strace -y $tool "$@" >/dev/null 2>&1
    echo "$(grep -c '(' /tmp/strace) $(grep -cE ' (read|pread64|preadv2?)\\([0-9]+<(/dev/(vd|md|lab)[^>]*)' /tmp/strace) $(grep -cE ' (openat|open)\\(' /tmp/strace)"; }
memory() { tool=$1; shift; busybox time -v $tool "$@" 2>&1 >/dev/null | sed -n 's/.*Maximum resident.*: //p'; }
"""


def bench(stage: Stage) -> None:
    """Interleaved rounds, so that the host's moods hit both alike; the median of the rounds counts."""
    node = stage.node(1)
    node.script(_PREPARE)
    rows = [("program size", *_numbers(node, "stat -Lc %s /usr/sbin/mdadm /usr/sbin/swmdadm"), "bytes")]
    for label, arguments, count in TIMED:
        body = _TOOLS + "".join(f"run mdadm {count} {arguments}; run swmdadm {count} {arguments}\n" for _ in range(ROUNDS))
        numbers = [int(word) for word in node.script(body, timeout=900).stdout.split()]
        rows.append((label, *(statistics.median(numbers[side::2]) / 1e6 for side in (0, 1)), "ms"))
    for label, arguments in (("`--examine` of a member", "--examine /dev/lab/d1"), ("`--examine` of a blank disk", "--examine /dev/lab/d9"),
                             ("`--detail`", "--detail /dev/md/t"), ("`--detail --export`", "--detail --export /dev/md/t"),
                             ("`--examine --scan`", "--examine --scan")):
        theirs, ours = (line.split() for line in node.script(_TOOLS + f"calls mdadm {arguments}; calls swmdadm {arguments}\n").stdout.splitlines())
        rows.append((f"system calls of {label}", int(theirs[0]), int(ours[0]), ""))
        rows.append((f"reads from disks of {label}", int(theirs[1]), int(ours[1]), ""))
    for arguments in ("--version", "--examine /dev/lab/d1", "--detail /dev/md/t", "--examine --scan"):
        rows.append((f"peak memory of `{arguments.replace('/dev/lab/d1', 'MEMBER').replace('/dev/md/t', 'ARRAY')}`",
                     *_numbers(node, f"{_TOOLS}memory mdadm {arguments}; memory swmdadm {arguments}"), "KiB"))
    stage.note(table(rows))


def _numbers(node, script: str) -> list[int]:
    return [int(word) for word in node.script(script).stdout.split()]


def table(rows) -> str:
    """Markdown for the README."""
    lines = ["| | mdadm 4.6 | swmdadm | ratio |", "|---|---:|---:|---:|"]
    for label, theirs, ours, unit in rows:
        form = "{:,.1f}" if isinstance(theirs, float) else "{:,}"
        ratio = f"{ours / theirs:.2f}" if theirs else "-"
        lines.append(f"| {label} | {form.format(theirs)} {unit} | {form.format(ours)} {unit} | {ratio} |".replace("  |", " |"))
    return "\n".join(lines)


CASES = [Case("bench", "swmdadm beside mdadm", bench, seconds=1800, only_on_request=True)]
