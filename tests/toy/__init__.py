"""A sixth service, portering, which sends porters to discharged patients: it measures what adding a service costs, and
proves that no other file has to change."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOY = Path(__file__).parent
NAME = "portering"
NAMES = 'SERVICE_NAMES = ("contacts", '
LEFT = shutil.ignore_patterns("__pycache__", ".git", ".venv", ".*_cache", ".hypothesis", "var", "site", "toy")


def laid(tree: Path) -> None:
    """Copy the product to `tree` and add the service: its folder, its contract, its tests and one line."""
    shutil.copytree(ROOT, tree, ignore=LEFT, dirs_exist_ok=True)
    for part in ("services", "shared", "tests"):
        shutil.copytree(TOY / part, tree / part, ignore=LEFT, dirs_exist_ok=True)
    (tree / "tests/toy").mkdir()
    for module in TOY.glob("*.py"):
        shutil.copy(module, tree / "tests/toy")
    catalogue = tree / "deploy/catalogue.py"
    source = catalogue.read_text()
    assert source.count(NAMES) == 1
    catalogue.write_text(source.replace(NAMES, f'{NAMES}"{NAME}", '))
    for command in ("init", "add -A"):
        subprocess.run(["git", *command.split()], cwd=tree, capture_output=True, check=True)


def run(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in `tree`."""
    return subprocess.run([sys.executable, *arguments], cwd=tree, capture_output=True, text=True, check=False)
