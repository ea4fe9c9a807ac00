"""kill -9 at the Nth call of every verb that changes something: whatever was half done, the next command puts it right, and no data is lost.

strace kills the program as it enters the call, so that it and all later ones are not made. Afterwards only our own commands are used, those that
a person would try: the same again, --assemble, --undo.
"""

from labkit.cases import Case, Shape
from labkit.stage import Stage

# Calls that change something, here or in the kernel. Of ioctls, most of which only ask, every second is tried.
CALLS = {"write": 1, "pwrite64": 1, "fsync": 1, "rename": 1, "unlink": 1, "mkdir": 1, "ioctl": 2}

_TOOLS = r"""
PATH=/usr/sbin:/usr/bin:/sbin:/bin
T=swmdadm
D="/dev/lab/d1 /dev/lab/d2"
calm() { $T --stop --scan >/dev/null 2>&1; udevadm settle; rm -f /run/mdadm/creating-* /run/mdadm/map.lock; }
blank() { for d in $D; do dd if=/dev/zero of=$d bs=64K count=16 conv=fsync 2>/dev/null; done; rm -rf /var/lib/swmdadm/archive; }
fill() { udevadm settle; dd if=/tmp/data of=$1 bs=64K oflag=direct 2>/dev/null; }
holds() { udevadm settle; [ "$(dd if=$1 bs=64K count=32 iflag=direct 2>/dev/null | sha256sum)" = "$SUM" ]; }
mirror() { calm; blank; $T --create /dev/md/k --run --assume-clean -l1 -n2 -b internal $D >/dev/null 2>&1 || echo BROKEN create; fill /dev/md/k; }
put_together() { $T --assemble /dev/md/k "$@" $D >/tmp/told 2>&1; }
whole() { put_together && [ "$(cat /sys/block/$(basename $(readlink -f /dev/md/k))/md/degraded)" = 0 ] && holds /dev/md/k; }
# All entries, the newest first.
undone() { $T --undo >/tmp/list 2>&1; calm; for e in $(awk '/^[0-9]/ { print $1 }' /tmp/list); do $T --undo $e >/tmp/undo 2>&1 || return 1; done; }
dd if=/dev/urandom of=/tmp/data bs=64K count=32 2>/dev/null; SUM=$(sha256sum </tmp/data)
"""

# Each verb: what comes before, the command, and what must be possible after it died (exit 0).
VERBS = {
    "create": ("calm; blank", "--create /dev/md/k --run --assume-clean -l1 -n2 -b internal $D",
               "calm; $T --create /dev/md/k --run --assume-clean -l1 -n2 -b internal $D >/tmp/told 2>&1 && fill /dev/md/k && holds /dev/md/k"),
    "create over an array": ("mirror; calm", "--create /dev/md/new --run -l0 -n2 $D", "calm; whole || { calm; undone && whole; }"),
    "assemble": ("mirror; calm", "--assemble /dev/md/k $D", "calm; whole"),
    "assemble --update=uuid": ("mirror; calm", "--assemble /dev/md/k --update=uuid --uuid=01234567:89abcdef:01234567:89abcdef $D",
                               "calm; whole || { calm; undone && whole; }"),
    "add": ("mirror; calm; put_together --run >/dev/null; $T /dev/md/k --fail /dev/lab/d2 --remove /dev/lab/d2 >/dev/null 2>&1; "
            "$T --zero-superblock /dev/lab/d2", "/dev/md/k --add /dev/lab/d2",
            # Whoever dies in the middle leaves the array frozen; --explain says so and names the way out.
            "holds /dev/md/k && { $T /dev/md/k --add /dev/lab/d2 >/tmp/told 2>&1; "
            "[ $(cat /sys/block/$(basename $(readlink -f /dev/md/k))/md/sync_action) != frozen ] || { "
            "$T --explain /dev/md/k | grep -q 'resync /dev/md/k resume' && $T --resync /dev/md/k resume >/dev/null 2>&1; }; $T --wait /dev/md/k >/dev/null 2>&1; calm; whole; }"),
    "fail and remove": ("mirror", "/dev/md/k --fail /dev/lab/d2 --remove /dev/lab/d2",
                        "holds /dev/md/k && { calm; put_together --run && holds /dev/md/k; }"),
    "stop": ("mirror", "--stop /dev/md/k", "calm; whole"),
    "zero-superblock": ("mirror; calm", "--zero-superblock $D", "calm; whole || { calm; undone && whole; }"),
}


def kills(stage: Stage) -> None:
    """Counts the calls of a run that is left alone, then kills one run at each of them. `--set verb=add` tries only verbs that begin so."""
    node = stage.node(1)
    tried = {}
    wanted = stage.options.get("verb", "")
    for verb, (before, command, after) in VERBS.items():
        if not verb.startswith(wanted):
            continue
        counted = node.script(f"{_TOOLS}{before}\nstrace -f -o /tmp/st -e trace={','.join(CALLS)} $T {command} >/dev/null 2>&1\n"
                              f"for c in {' '.join(CALLS)}; do echo $c $(grep -cE \" $c\\(\" /tmp/st); done\ncalm\n", timeout=300).stdout
        counts = {name: int(number) for name, number in (line.split() for line in counted.splitlines() if not line.startswith("BROKEN"))}
        points = [(call, number) for call, step in CALLS.items() for number in range(1, counts[call] + 1, step)]
        stage.expect(len(points) > 3, f"{verb}: only {counts}")
        body = "".join(f"point {call} {number}\n" for call, number in points)
        answer = node.script(f"""{_TOOLS}
point() {{
    {before}
    strace -f -o /dev/null -e trace=$1 -e inject=$1:signal=KILL:when=$2 $T {command} >/tmp/died 2>&1; status=$?
    if ( {after} ); then echo "ok $status $1 $2"; else echo "LOST $status $1 $2: $(tail -n1 /tmp/told) $(tail -n1 /tmp/undo 2>/dev/null)"; fi
    rm -f /tmp/told /tmp/undo
}}
{body}calm
""", timeout=2400).stdout.splitlines()
        killed = sum(line.split()[1] == "137" for line in answer if line.startswith(("ok", "LOST")))
        tried[verb] = f"{killed} of {len(points)}"
        for line in answer:
            if not line.startswith("ok"):
                stage.wrong(f"{verb}: {line}")
        stage.expect(len(answer) == len(points) and killed > len(points) // 2, f"{verb}: {len(answer)} answers to {len(points)} points, {killed} killed")
    stage.note("; ".join(f"{verb}: killed at {count} points" for verb, count in tried.items()))


CASES = [Case("kills", "kill -9 at the Nth call", kills, Shape(disks="3x32M"), 3600, only_on_request=True)]
