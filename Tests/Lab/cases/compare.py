"""The same work done by the original and by ours, compared byte for byte. See compare/."""

from compare import reshapes, restores, shapes, transcripts, words
from labkit.cases import ALONE, Case, Shape

# Not seen to pass on the last commits of the session that wrote them; they belong into `make test` once they were.
UNSEEN = ("linear", "faulty", "build")

LONE_CLUSTER = Shape(disks="8x64M", cluster=True)

CASES = [
    Case(f"compare-{group}", f"{group} arrays made, read and stopped by mdadm and by swmdadm are equal byte for byte",
         run=lambda stage, group=group: shapes.compare(stage, group),
         shape=LONE_CLUSTER if group == "clustered" else ALONE,
         seconds=200 + 60 * len(shapes.rows(group)),
         only_on_request=group in UNSEEN)
    for group in shapes.groups()
] + [
    Case("compare-reshape", "arrays in the middle of a reshape are started, refused and turned round as mdadm does it", reshapes.compare,
         shape=Shape(disks=reshapes.DISKS), seconds=1800),
    Case("compare-restore", "what a reshape overwrote halfway is put back from a backup file as the kernel would have written it", restores.compare,
         shape=Shape(disks=restores.DISKS)),
    Case("reshape-stop", "--stop leaves a reshape where it can be turned round", reshapes.turns, shape=Shape(disks=reshapes.TURN_DISKS)),
    Case("words", "command lines that need no array: exit status, standard output and standard error as mdadm's", words.compare, seconds=900),
] + [
    Case("history-" + title.partition(":")[0], "mdadm and swmdadm manage each other's arrays: " + title.partition(": ")[2],
         run=lambda stage, title=title, lines=lines: transcripts.play(stage, title, lines), seconds=600,
         only_on_request=title.partition(":")[0] in UNSEEN)
    for title, lines in transcripts.histories().items()
]
