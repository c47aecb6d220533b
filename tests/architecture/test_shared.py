"""What `shared/` does once and for all services: each rule is also shown to catch a violation."""

import re
from pathlib import Path

from deploy.catalogue import load_all, unstarted
from shared.contracts import timers

ROOT = Path(__file__).parents[2]
RULES = sorted((ROOT / "services").rglob("*.py"))
CODE = [*RULES, *(file for folder in ("shared", "deploy") for file in sorted((ROOT / folder).rglob("*.py")))]
REFS_BY_HAND = re.compile(
    r"""split\(["']/["']\)|kind\}/\{\w+\.id|f["'](plan|survey|template|endpoint|calendar|staff)/\{"""
)
OTHER_PATHS = {
    "services/contacts/relations.py": "ids of relations",
    "services/his_adapter/facts/things.py": "names of what facts are about",
    "services/his_adapter/formats/fhir/context.py": "FHIR references",
    "deploy/local/gateway.py": "URLs",
}
"""Who takes apart, or makes, what has slashes and is no reference to a definition."""
BY_HAND = re.compile(r"(?<!class )\b(TimerSet|TimerCancelled)\((?!\))")


def kinds_of(base: type) -> set[type]:
    return {kind for kind in base.__subclasses__() if kind.__module__.startswith(("services.", "shared."))}


def test_every_decider_that_wants_to_be_woken_has_the_three_types_of_its_own() -> None:
    types = {name: kinds for service in load_all(unstarted()) for name, kinds in service.timers.items()}
    for decider, its in types.items():
        whats = ("timer_set", "timer_cancelled", "fire_timer") if its.cancelled else ("timer_set", "fire_timer")
        names = {f"careloop.{decider}.{what}.v1" for what in whats}
        assert {kind.wire for kind in (*its.events, its.fire)} == names
        assert len({kind.key_field for kind in (*its.events, its.fire)}) == 1, f"{decider} wakes another aggregate"
    for base, used in ((timers.TimerSet, "set"), (timers.TimerCancelled, "cancelled")):
        assert kinds_of(base) == {getattr(its, used) for its in types.values()} - {None}, "nobody keeps these timers"


def test_timers_are_set_and_cancelled_in_one_way() -> None:
    assert [str(file.relative_to(ROOT)) for file in RULES if BY_HAND.search(file.read_text())] == []
    assert BY_HAND.search("yield TimerSet(at=c.at)")
    assert not BY_HAND.search("case TimerCancelled() | RefusalsShared():\n    case TimerSet():")


def test_references_to_definitions_are_made_and_read_in_one_place() -> None:
    wrong = {str(file.relative_to(ROOT)) for file in CODE if REFS_BY_HAND.search(file.read_text())}
    assert wrong - {"shared/definition_ref.py"} == set(OTHER_PATHS)
    for seed in ('self.plan.split("/")[1]', 'f"{d.kind}/{d.id}/{d.version}"', 'Reference(f"template/{self.template}")'):
        assert REFS_BY_HAND.search(seed)
