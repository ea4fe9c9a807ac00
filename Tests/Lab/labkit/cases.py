"""What a case is, and which ones there are.

A case is data (a title and the shape of the lab it needs) and a function that is given a stage. Each file of Tests/Lab/cases
sets CASES, a list of them.
"""

import dataclasses
import fnmatch
import importlib.util
import sys
from pathlib import Path
from typing import Callable

from . import paths, spec
from .errors import LabError


@dataclasses.dataclass(frozen=True)
class Shape:
    """The lab a case needs. Cases of the same shape share its guests, one after the other."""

    nodes: int = 1
    disks: str = "12x64M,2x97M,2x1G"
    bus: str = "virtio-blk"
    shuffle: bool = False
    memory: int = 0
    cluster: bool = False

    def spec(self, name: str) -> spec.Spec:
        """The lab of this shape under a name."""
        alone = self.nodes == 1
        return spec.Spec(
            name=name, nodes=self.nodes, disks=spec.parse_disks(self.disks), bus=self.bus, shuffle=self.shuffle,
            memory=self.memory or (1024 if alone else 768), processors=2 if alone else 1, cluster=self.cluster or not alone)

    def __str__(self) -> str:
        nodes = "1 node" if self.nodes == 1 else f"{self.nodes} nodes"
        extras = [word for word, on in (("shuffled", self.shuffle), ("cluster", self.cluster or self.nodes > 1)) if on]
        return ", ".join([nodes, f"{self.disks} on {self.bus}", *extras])


ALONE = Shape()
CLUSTER = Shape(nodes=3, disks="8x64M", bus="virtio-scsi", shuffle=True)


@dataclasses.dataclass(frozen=True)
class Case:
    """One case. `seconds` is its deadline, generous: it only ends what hangs. `expected_log` are kernel lines it provokes."""

    name: str
    title: str
    run: Callable
    shape: Shape = ALONE
    seconds: int = 900
    expected_log: tuple[str, ...] = ()
    only_on_request: bool = False


def every() -> list[Case]:
    """All cases, in the order of their files."""
    found = [case for path in sorted(paths.CASES.glob("*.py")) for case in _load(path)]
    names = [case.name for case in found]
    for name in names:
        if names.count(name) > 1:
            raise LabError(f"two cases are called {name}")
    return found


def chosen(patterns: list[str]) -> list[Case]:
    """The cases that match any of the patterns (a name, a prefix of names, or shell wild cards); without patterns all."""
    cases = every()
    if not patterns:
        return [case for case in cases if not case.only_on_request]
    selected = []
    for pattern in patterns:
        exact = [case for case in cases if case.name == pattern]
        several = [case for case in cases if fnmatch.fnmatchcase(case.name, pattern) or case.name.startswith(pattern + "-")]
        # A pattern means those that run by themselves; where there are none, those on request.
        matching = exact or [case for case in several if not case.only_on_request] or several
        if not matching:
            raise LabError(f"no case is called {pattern} (there are: {', '.join(case.name for case in cases)})")
        selected += [case for case in matching if case not in selected]
    return selected


def _load(path: Path) -> list[Case]:
    lab = str(paths.LAB)
    if lab not in sys.path:
        sys.path.insert(0, lab)
    module_spec = importlib.util.spec_from_file_location(f"cases.{path.stem}", path)
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    return module.CASES
