"""Whatever is answered as a problem is listed in a `problems.yaml`, and what is listed is answered."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.catalogue import OPS, SERVICE_NAMES, load_all, unstarted
from shared.decider import Decider
from shared.problem_types import all_problems, problems_of, shared_problems

ROOT = Path(__file__).parents[2]
CODE = [file for folder in ("shared", "services", "deploy/ops") for file in sorted((ROOT / folder).rglob("*.py"))]


def room_of(decider: Decider[Any]) -> str:
    """The folder that holds the rules of a decider."""
    source = inspect.getsourcefile(decider.decide)
    assert source
    return str(Path(source).parent.relative_to(ROOT))


def asks_a_second_person(folder: str) -> bool:
    return any(SECOND_PERSON.search(file.read_text()) for file in (ROOT / folder).glob("*.py"))


SECOND_PERSON = re.compile(r"from shared\.second_person import .*\brefusal\b")
SERVICES = load_all(unstarted())
ROOMS = {room_of(decider): {decider.name} for service in SERVICES for decider in service.deciders}
DECIDERS = {
    "shared": {name for folder, names in ROOMS.items() if asks_a_second_person(folder) for name in names},
    **{f"services/{service.name}": {service.slug} for service in SERVICES},
    **ROOMS,
}
"""Folder → the deciders whose rules are in it: of `shared`, those that need a second person."""
COMPUTED = {
    "deploy/ops/repairing.py": "`_refuse` beside it, which says what is wrong with the content",
    "services/contacts/api.py": "`Refused`, which says its slug where it is raised",
    "services/his_adapter/directory/api.py": "`Refusal` of `entry_from` beside it",
    "services/his_adapter/formats/translating.py": "`Refused` of a message: a dead letter, no answer",
    "services/his_adapter/payments/charging.py": "`Disagreement`, the same",
    "services/his_adapter/payments/notifications.py": "`PlatformTrouble`, the same",
    "services/his_adapter/requests/api.py": "UNANSWERED of requests/client.py",
    "services/his_adapter/requests/books.py": "the same",
    "shared/access/reader.py": "the slug that whoever looks gives",
    "shared/http.py": "the slug of a rejection",
    "shared/problems.py": "the slug of a `Problem`, or the phrase of an HTTP status",
    "shared/testing.py": "expects any",
}
"""Where a slug is no literal, and where it comes from."""
RAISED = {"Problem": 1, "problem": 1, "Rejection": 0, "Refused": 0, "Disagreement": 1}
"""What carries a slug → the position of it."""
OF_HTTP = {"bad-request", "not-found", "method-not-allowed", "request-timeout", "request-entity-too-large"}
"""Phrases of statuses that the framework answers with."""
OTHERS = OF_HTTP | {
    "content-too-large",
    "too-large",
    "rule-failed",
    "keys-missing",
    "keys-unreadable",
    "provider-missing",
}
"""Said by the decider runtime, by Python 3.13's phrase, by payments' `PlatformTrouble`."""


@dataclass(frozen=True, slots=True)
class StatedProblem:
    """A slug where code says it; `status` is None where it follows from what it is."""

    slug: str | None
    status: int | None
    kind: str
    line: int


def stated_problems(source: str) -> Iterator[StatedProblem]:
    """The slugs of a module; None for one that is computed."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED:
            at = RAISED[node.func.id]
            if len(node.args) > at:
                status = _constant(node.args[0]) if at else None
                slug = _constant(node.args[at])
                known = status if isinstance(status, int) else None
                yield StatedProblem(slug if isinstance(slug, str) else None, known, node.func.id, node.lineno)
        if isinstance(node, ast.FunctionDef) and node.name == "unknown":
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Tuple):
                    yield StatedProblem(str(_constant(inner.value.elts[0])), 404, "Problem", node.lineno)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("target", "unknown")
        ):
            for slug in (each.value for each in node.args if isinstance(each, ast.Constant)):
                if isinstance(slug, str):
                    yield StatedProblem(slug, 404, "Problem", node.lineno)
                    break


def _constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def service_of(file: Path) -> str:
    parts = file.relative_to(ROOT).parts
    return "" if parts[0] == "shared" else parts[1]


def package_of(name: str) -> str:
    return "deploy.ops" if name == OPS else f"services.{name}"


def deciders_of(file: Path) -> set[str]:
    folder = file.relative_to(ROOT).parent
    return next(DECIDERS[str(each)] for each in (folder, *folder.parents) if str(each) in DECIDERS)


EVERY = [(file, each) for file in CODE for each in stated_problems(file.read_text())]


def test_every_problem_in_code_is_listed_with_its_status() -> None:
    unlisted = []
    for file, each in EVERY:
        name = service_of(file)
        known = (all_problems(package_of(name)) if name else shared_problems()).get(each.slug or "")
        if each.slug and (known is None or (each.status and each.status not in known.statuses)):
            unlisted.append(f"{file.relative_to(ROOT)}:{each.line} {each.slug} {each.status or ''}")
    assert unlisted == []
    assert len(EVERY) > 100


def test_where_a_slug_is_computed_it_is_said_why() -> None:
    computed = {str(file.relative_to(ROOT)) for file, each in EVERY if each.slug is None}
    assert computed == set(COMPUTED)


def test_every_rejection_is_listed_for_its_decider_and_none_else() -> None:
    code = {
        (decider, each.slug)
        for file, each in EVERY
        if each.kind == "Rejection" and each.slug
        for decider in deciders_of(file)
    }
    listed = {
        (decider, slug)
        for name in SERVICE_NAMES
        for slug, known in all_problems(f"services.{name}").items()
        for decider in known.deciders
    }
    assert code == listed
    assert {decider for decider, _ in code} <= {d.name for s in load_all(unstarted()) for d in s.deciders}


def test_a_rejection_has_the_status_that_it_is_answered_with() -> None:
    wrong = [
        f"{name}: {slug}"
        for name in SERVICE_NAMES
        for slug, known in all_problems(f"services.{name}").items()
        if known.deciders and (404 if slug.endswith("-unknown") else 409) not in known.statuses
    ]
    assert wrong == []


@pytest.mark.parametrize("name", ["", *SERVICE_NAMES, OPS])
def test_nothing_is_listed_that_no_code_says(name: str) -> None:
    slugs = {each.slug for _, each in EVERY} | OTHERS
    text = "".join(file.read_text() for file in CODE if service_of(file) == name)
    listed = problems_of(package_of(name)) if name else shared_problems()
    assert [slug for slug in listed if slug not in slugs and f'"{slug}"' not in text] == []


def test_a_slug_that_nobody_listed_is_noticed() -> None:
    source = "raise Problem(404, 'case-lost', 'x')\nreturn Rejection('case-odd', 'y')\nproblem(status, slug, 'z')"
    found = [(each.slug, each.status) for each in stated_problems(source.replace("return ", "a = "))]
    assert found == [("case-lost", 404), ("case-odd", None), (None, None)]
    assert "case-lost" not in all_problems("services.complaints")
