"""Lines made from a seed, run by the original and by ours on the same ground (compare/generator.py, compare/lines.py)."""

import time

from compare import generator, lines
from labkit.cases import Case, Shape

GROUND = Shape(disks=lines.DISKS)


def slice_of(stage) -> None:
    """A few lines of a new seed: make lab CASE=lines; --set seed=N repeats one, --set count=N takes more of them."""
    seed = int(stage.options.get("seed", time.time()))
    lines.compare(stage, seed, int(stage.options.get("count", 60)), generator.SHARES)


def long(ground: str, share: int):
    """Sixteen hundred lines, a ground for each case."""
    def run(stage) -> None:
        lines.compare(stage, int(stage.options.get("seed", 1)), int(stage.options.get("count", 1600)) * share // 100, {ground: 1},
                      "a" if stage.options.get("itself") else "b")
    return run


# Some lines crash the original inside libc. A crash of ours is told by its core file: here it runs from a place of its own.
CRASHES = (r"mdadm\[\d+\]:? .* in libc\.so\.6\[",)
CASES = [Case("lines", "lines from a seed: status, streams, kernel state, map and disks as the original leaves them", slice_of, GROUND, 1800,
              expected_log=CRASHES)] + [
    Case(f"long-lines-{ground}", f"sixteen hundred lines from a seed, those of ground '{ground}'", long(ground, share), GROUND, 4 * 3600,
         only_on_request=True, expected_log=CRASHES)
    for ground, share in generator.SHARES.items()
]
