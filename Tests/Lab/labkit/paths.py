"""Where things are: the recipe in the repository, the image and the running labs in the cache."""

import hashlib
import os
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent
RECIPE = LAB / "image"
CASES = LAB / "cases"


def cache() -> Path:
    """The directory for everything built or running; outside the repository so that a clean checkout finds it again."""
    return Path(os.environ.get("SWMDADM_LAB_CACHE", "/var/cache/swmdadm-lab"))


def labs() -> Path:
    """One directory per lab: disks, sockets, consoles and state.json."""
    return cache() / "labs"


def recipe_files() -> list[Path]:
    """Everything that decides what is in the image: the recipe and the modules that carry it out."""
    builders = [LAB / "labkit" / name for name in ("image.py", "debian.py", "kernelmodules.py")]
    return sorted(path for path in RECIPE.rglob("*") if path.is_file()) + builders


def recipe_hash() -> str:
    """Changes when a recipe file's name, mode or content does."""
    digest = hashlib.sha256()
    for path in recipe_files():
        mode = "x" if os.access(path, os.X_OK) else "-"
        digest.update(f"{path.relative_to(LAB)}\0{mode}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def kernel_suite() -> str | None:
    """The suite whose kernel the guests run, such as trixie-backports; None for that of the rest of the image."""
    return os.environ.get("SWMDADM_LAB_KERNEL") or None


def image() -> Path:
    """The image of the recipe as it stands now, whether built or not."""
    suite = kernel_suite()
    return cache() / (f"image-{recipe_hash()}" + (f"-{suite}" if suite else ""))
