"""What a lab is made of: a value that is written to state.json and read back by every later command."""

import dataclasses
import json
import random
import re
from pathlib import Path

from .errors import LabError

BUSES = ("virtio-blk", "virtio-scsi", "mixed")


@dataclasses.dataclass
class Spec:
    """A lab's shape. Disk sizes are in MiB; disk d1 is the first."""

    name: str
    nodes: int = 1
    disks: list[int] = dataclasses.field(default_factory=list)
    bus: str = "virtio-blk"
    shuffle: bool = False
    memory: int = 1024
    processors: int = 2
    cluster: bool = False
    token: int = 10000
    image: str = ""

    def check(self) -> None:
        """Refuses what QEMU would refuse later and less clearly."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,23}", self.name):
            raise LabError(f"a lab's name is made of up to 24 letters, digits and '-': {self.name}")
        if self.bus not in BUSES:
            raise LabError(f"no such bus: {self.bus} (there are {', '.join(BUSES)})")
        if not 1 <= self.nodes <= 8:
            raise LabError("a lab has 1 to 8 nodes")
        if self.bus == "virtio-blk" and len(self.disks) > 20:
            raise LabError("virtio-blk has room for 20 disks; use --bus virtio-scsi")

    def disk_names(self) -> list[str]:
        """Serial numbers of the disks, the same on every node."""
        return [f"d{number}" for number in range(1, len(self.disks) + 1)]

    def bus_of(self, disk: str) -> str:
        """The bus of one disk; on a mixed lab odd disks are virtio-blk and even ones virtio-scsi."""
        if self.bus != "mixed":
            return self.bus
        return "virtio-blk" if int(disk[1:]) % 2 else "virtio-scsi"

    def disk_order(self, node: int) -> list[str]:
        """The order in which a node meets its disks. Shuffled by a seed, so that a node keeps its order over a reboot."""
        order = self.disk_names()
        if self.shuffle:
            random.Random(f"{self.name}/{node}").shuffle(order)
        return order

    def save(self, directory: Path) -> None:
        """Writes state.json in one step, so that a reader never sees half of it."""
        scratch = directory / "state.json.new"
        scratch.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n")
        scratch.rename(directory / "state.json")

    @staticmethod
    def load(directory: Path) -> "Spec":
        """Reads state.json."""
        return Spec(**json.loads((directory / "state.json").read_text()))


def parse_disks(text: str) -> list[int]:
    """Reads '12x200M', '8x200M,2x1G' or '200M,64M' as sizes in MiB."""
    sizes: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"(?:(\d+)x)?(\d+)([MG])", part.strip())
        if match is None:
            raise LabError(f"--disks takes a list of COUNTxSIZE such as 12x200M,2x1G, not {part!r}")
        size = int(match[2]) * (1024 if match[3] == "G" else 1)
        sizes += [size] * int(match[1] or 1)
    return sizes
