"""Command lines that the words alone decide: exit status and streams as mdadm's, which are recorded in command-lines.tsv."""

from pathlib import Path

from compare import records
from labkit.cases import ALONE, Case

TABLE = Path(__file__).with_name("command-lines.tsv")
PORTION = 80


def rows(*deciders: str) -> list[list[str]]:
    """The table's rows, as fields, that one of `deciders` decides."""
    fields = [line.split("\t") for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return [row for row in fields if row[0] in deciders]


def compare(stage, program: str, every: list[list[str]]) -> None:
    """Runs every line as `a` (the original) or `b` (ours) and holds it to the record."""
    equal = 0
    for start in range(0, len(every), PORTION):
        portion = list(enumerate(every[start:start + PORTION], start))
        body = "".join(f"rec {number} {program} {quoted(row[3])}\n" for number, row in portion)
        found = records.run(stage.node(1), body)
        for number, (_, status, streams, line) in portion:
            record = found[str(number)]
            spoke = ("o" if record.stdout else "") + ("e" if record.stderr else "") or "-"
            if (record.status, spoke) == (status, streams):
                equal += 1
            else:
                stage.wrong(f"mdadm {line}: exit {record.status}, streams {spoke}; recorded: exit {status}, streams {streams}\n"
                            f"    {record.stderr[:300]}")
    stage.note(f"{equal} of {len(every)} command lines end as recorded")


def quoted(line: str) -> str:
    """The line for the guest's shell: what is special there and stands outside quotes is kept from it."""
    return "".join("\\" + character if character in "<>|?*" else character for character in line.replace("'?'", "?"))


CASES = [
    Case("command-lines", "command lines that need no array: exit status and streams as mdadm 4.6 had them",
         lambda stage: compare(stage, "b", rows("words")), ALONE, 1800),
    Case("command-lines-recorded", "the record itself, held to the mdadm in the guest",
         lambda stage: compare(stage, "a", rows("words")), ALONE, 1800, only_on_request=True),
]
