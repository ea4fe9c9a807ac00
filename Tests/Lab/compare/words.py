"""Command lines that need no array: exit status and both streams, the original's against ours; and no disk changes."""

from labkit.stage import Stage

from . import disks, records
from .records import HERE

PREPARE = """
ground
mdadm -C /dev/md/seed -R -l1 -n2 -b internal --assume-clean -u 01234567:89abcdef:01234567:89abcdef /dev/lab/d2 /dev/lab/d3 >/dev/null 2>&1
mdadm -S /dev/md/seed >/dev/null 2>&1
mkfs.ext4 -q -O ^has_journal /dev/lab/d4; mkfs.ext4 -q -O ^has_journal /dev/lab/d6
echo ,32M,L | sfdisk -q /dev/lab/d5
mkdir -p /tmp/busy; mount -o ro,noload /dev/lab/d6 /tmp/busy
sync; host keep before

# Some lines do make an array, and the original leaves md nodes behind when it fails: every line finds the same ground.
tidy() {
    made=no
    for array in /sys/block/md*; do
        [ -e $array/md ] || continue
        value $array/md/array_state; [ "$value" = clear ] || made=yes
        mdadm -S /dev/${array##*/} >/dev/null 2>&1 || { echo clear >$array/md/array_state; } 2>/dev/null
    done
    quiet
    [ $made = yes ] && wipe d1 d7 d8
    for file in /run/mdadm/*; do [ -e "$file" ] && { rm -rf /run/mdadm/*; break; }; done
}
tidy
"""
AFTERWARDS = "umount /tmp/busy; sync; host keep after\n"


def lines() -> list[str]:
    """The lines of words.txt."""
    return [line for line in (HERE / "words.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]


def compare(stage: Stage) -> None:
    """All lines, each by the original and by ours on the same ground."""
    untouchable = [name for name in stage.lab.spec.disk_names() if name not in ("d1", "d7", "d8")]
    content: dict[str, dict] = {}

    def keep(moment: str) -> None:
        content[moment] = {name: disks.content(stage.disk(name)) for name in untouchable}

    every = lines()
    body = PREPARE + "".join(f"rec {number}.{side} {side} {line}\ntidy\n" for number, line in enumerate(every) for side in "ab")
    found = records.run(stage.node(1), body + AFTERWARDS, {"keep": keep})
    equal = 0
    for number, line in enumerate(every):
        problem = records.difference(f"words: {line}", line, found[f"{number}.a"], found[f"{number}.b"], normalise=True)
        equal += not problem
        if problem:
            stage.wrong(problem)
    for name, pages in content["after"].items():
        if pages != content["before"][name]:
            stage.wrong(f"{name} changed: {disks.difference(content['before'][name], pages)}")
    stage.note(f"{equal} of {len(every)} command lines equal in exit status and both streams")
