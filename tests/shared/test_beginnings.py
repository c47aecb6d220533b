"""Where a consumer group begins: every combination of what can be known of it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from shared.bus.beginnings import Begins, GroupFacts, Reads, verdict
from shared.policy import Policy
from tests.support.counter import SERVICE, Counted

DECLARED: tuple[Begins | None, ...] = (None, "beginning", "now", "own")


def every(**fixed: Any) -> list[GroupFacts]:
    """Every combination of group facts, some of them fixed."""
    choices: dict[str, Sequence[Any]] = {
        "recorded": (False, True),
        "offsets": ("all", "some", "none"),
        "begins": DECLARED,
        "empty": (False, True),
        "new_system": (False, True),
    }
    choices |= {name: [value] for name, value in fixed.items()}
    return [GroupFacts(*values) for values in product(*choices.values())]


def test_a_group_with_its_offsets_goes_on_and_is_recorded_once() -> None:
    assert {verdict(facts) for facts in every(offsets="all", recorded=True)} == {"go-on"}
    assert {verdict(facts) for facts in every(offsets="all", recorded=False)} == {"adopt"}


@pytest.mark.parametrize("begins", [None, "beginning", "now"])
def test_a_recorded_group_whose_offsets_vanished_never_starts_over(begins: Begins | None) -> None:
    vanished = [k for offsets in ("some", "none") for k in every(recorded=True, offsets=offsets, begins=begins)]
    assert {verdict(facts) for facts in vanished} == {"vanished"}
    half = every(recorded=False, offsets="some", begins=begins)
    assert {verdict(facts) for facts in half} == {"vanished"}, "some offsets are a trace too"


def test_a_reader_that_keeps_its_own_position_needs_none_of_kafka() -> None:
    forgotten = [facts for offsets in ("some", "none") for facts in every(offsets=offsets, begins="own")]
    assert {verdict(facts) for facts in forgotten} == {"beginning"}


@pytest.mark.parametrize("begins", ["beginning", "now"])
def test_a_policy_added_later_begins_where_it_declares(begins: Begins) -> None:
    assert {verdict(facts) for facts in every(recorded=False, offsets="none", begins=begins)} == {begins}


def test_a_new_group_begins_without_a_word_only_where_nothing_can_be_repeated() -> None:
    new = every(recorded=False, offsets="none", begins=None)
    assert {verdict(facts) for facts in new if facts.empty or facts.new_system} == {"beginning"}
    assert {verdict(facts) for facts in new if not (facts.empty or facts.new_system)} == {"undeclared"}


def policy(name: str, **more: Any) -> Policy:
    return Policy(name, ("counter",), (Counted,), lambda event, definitions: [], "counter", **more)


def test_a_policy_that_declares_where_it_begins_has_a_group_of_its_own() -> None:
    service = replace(SERVICE, policies=(policy("old"), policy("older"), policy("standing", begins="beginning")))
    groups = service.policy_groups()
    assert {group: [p.name for p in policies] for group, policies in groups.items()} == {
        "counter.policies": ["old", "older"],
        "counter.policies.standing": ["standing"],
    }
    events = ["careloop.counter.events.v1"]
    assert service.groups()["counter.policies"] == Reads(events, None)
    assert service.groups()["counter.policies.standing"] == Reads(events, "beginning")


def test_policies_of_one_group_begin_at_one_place() -> None:
    service = replace(SERVICE, policies=(policy("a", group="g", begins="now"), policy("b", group="g")))
    with pytest.raises(ValueError, match=r"counter\.policies\.g begin at different places"):
        service.groups()
