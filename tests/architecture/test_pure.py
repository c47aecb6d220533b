"""Rules do no I/O: what decides, reacts, projects or holds state, and all that it imports of its own service."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.catalogue import SERVICE_NAMES

ROOT = Path(__file__).parents[2]
RULES = ("domain", "policies", "projections", "state")
FORBIDDEN = (
    "aiokafka",
    "motor",
    "pymongo",
    "fastapi",
    "faust",
    "httpx",
    "asyncio",
    "shared.clock",
    "shared.host",
    "shared.mongo",
    "shared.http",
    "shared.settings",
)
"""Kafka, MongoDB, HTTP, Faust, the clock, settings and what runs at the same time."""


def file_of(module: str, root: Path) -> Path | None:
    """The file of a module or package, None where there is none."""
    path = root / module.replace(".", "/")
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file for file in files if file.exists()), None)


def imports(file: Path, root: Path) -> set[str]:
    """The modules that a file imports, at any depth of it."""
    named = set[str]()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            named |= {name if file_of(name, root) else node.module for name in inner}
    return named


def is_rule(file: Path) -> bool:
    """Whether a module has the name of one of rules, makes a decider, or calls itself pure."""
    tree = ast.parse(file.read_text())
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    decides = any(isinstance(made, ast.Name) and made.id == "Decider" for made in calls)
    return file.stem in RULES or decides or re.search(r"\bPure[.:]", ast.get_docstring(tree) or "") is not None


def pure_modules(service: str, root: Path = ROOT) -> dict[str, str]:
    """The modules of a service that must be pure, each with the module that imports it ("" for a rule itself)."""
    rules = (file for file in sorted((root / "services" / service).rglob("*.py")) if is_rule(file))
    pending = [(".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), "") for file in rules]
    pure = dict[str, str]()
    while pending:
        module, importer = pending.pop()
        if module in pure or not module.startswith(f"services.{service}."):
            continue
        if file := file_of(module, root):
            pure[module] = importer
            pending += ((name, module) for name in imports(file, root))
    return pure


def impure(service: str, root: Path = ROOT) -> Iterator[str]:
    """What pure modules import of what does I/O, a sentence for each."""
    for module, importer in sorted(pure_modules(service, root).items()):
        file = file_of(module, root)
        assert file is not None
        for name in sorted(imports(file, root)):
            if any(name == each or name.startswith(f"{each}.") for each in FORBIDDEN):
                yield f"{module} imports {name}" + (f", and {importer} imports it" if importer else "")


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_what_rules_are_made_of_does_no_io(service: str) -> None:
    assert list(impure(service)) == []


def test_a_helper_of_a_rule_of_a_rule_that_reads_the_clock_is_seen(tmp_path: Path) -> None:
    toy = tmp_path / "services/toy"
    (toy / "rooms").mkdir(parents=True)
    (toy / "domain.py").write_text("from services.toy.rooms import helper\n")
    (toy / "rooms/helper.py").write_text("def f():\n    from services.toy.rooms.deeper import g\n")
    (toy / "rooms/deeper.py").write_text("import asyncio\nfrom shared.clock import SharedClock\n")
    (toy / "api.py").write_text("import fastapi\n")
    assert list(impure("toy", tmp_path)) == [
        "services.toy.rooms.deeper imports asyncio, and services.toy.rooms.helper imports it",
        "services.toy.rooms.deeper imports shared.clock, and services.toy.rooms.helper imports it",
    ]
