"""Which kernel modules go into the image, and in which order the initramfs loads its own."""

import fnmatch
import lzma
import os
import subprocess
from pathlib import Path

# What the initramfs needs before it can mount the root disk.
BOOT_MODULES = ("virtio_pci", "virtio_blk", "ext4", "crc32c_generic")


def patterns(recipe: Path) -> list[str]:
    """The lines of modules.txt."""
    lines = (line.strip() for line in recipe.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def trim(source: Path, target: Path, wanted: list[str]) -> None:
    """Copies the wanted modules and what they depend on, unpacked: an emulated CPU pays dearly for xz at every modprobe."""
    dependencies = _dependencies(source)
    closure: set[str] = set()
    for path in dependencies:
        name = path.removeprefix("kernel/").split(".ko")[0]
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in wanted):
            closure.update([path, *dependencies[path]])
    for path in closure:
        plain = target / path.removesuffix(".xz")
        plain.parent.mkdir(parents=True, exist_ok=True)
        content = (source / path).read_bytes()
        plain.write_bytes(lzma.decompress(content) if path.endswith(".xz") else content)
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        (target / name).write_bytes((source / name).read_bytes())


def depmod(root: Path, release: str) -> None:
    """Writes the indexes that modprobe reads, for a tree under another root."""
    subprocess.run(["depmod", "-b", str(root), release], check=True, env=dict(os.environ, PATH="/usr/sbin:/sbin:/usr/bin:/bin"))


def load_order(tree: Path) -> list[str]:
    """Paths of the boot modules below the module tree, dependencies first; a module built into the kernel has none."""
    dependencies = _dependencies(tree)
    order: list[str] = []
    for name in BOOT_MODULES:
        for path in dependencies:
            if Path(path).name.split(".ko")[0].replace("-", "_") == name:
                order += [item for item in [*reversed(dependencies[path]), path] if item not in order]
    return order


def _dependencies(tree: Path) -> dict[str, list[str]]:
    """modules.dep as a table: module to everything it needs, nearest first."""
    table = {}
    for line in (tree / "modules.dep").read_text().splitlines():
        module, _, needs = line.partition(":")
        table[module] = needs.split()
    return table
