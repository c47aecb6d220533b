"""Who may read whom: tables of every rule, and that fewer claims or ties never show more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest

from shared.access import ACCESS, masked, masked_phone, verdict
from shared.access.relations import relations_in
from shared.access.verdict import kinds_of
from shared.caller import Caller
from shared.contracts.base import changed, retold
from shared.contracts.contacts_access import (
    OPEN_KINDS,
    Access,
    GlassBroken,
    Relation,
    RelationBegan,
    RelationEnded,
)
from shared.testing import Shows

NOW = datetime(2026, 3, 9, 9, tzinfo=UTC)
DAY = timedelta(days=1)
NURSE = Caller("li", frozenset(), frozenset({"nurse"}), frozenset({"CARD"}), frozenset({"east"}), has_roles=True)
RELATED = Access(id="nurse", version=1, reads="related")
KINDS = ("treated", "case", "task", "call", "thread")
READS = ("everyone", "related", "open-with-me", "nobody")


def tie(kind: Any = "treated", department: str = "CARD", last_seen: datetime = NOW - DAY / 2, **more: Any) -> Relation:
    return Relation(relation_id=f"{kind}/x", kind=kind, department=department, seen=last_seen, **more)


def rule(**more: Any) -> Access:
    return Access(**{"id": "nurse", "version": 1, "reads": "related", **more})


def of(rule: Access, *ties: Relation, caller: Caller = NURSE) -> str:
    return verdict(caller, [rule], ties, NOW)


def test_a_machine_has_its_scopes_alone_and_somebody_without_a_role_reads_nobody() -> None:
    assert verdict(Caller("feed"), [RELATED], [], NOW) == "full"
    assert Caller.of({"sub": "feed"}).has_roles is False
    nobody = Caller.of({"sub": "li", "roles": []})
    assert verdict(nobody, [RELATED], [tie()], NOW) == "none"


def test_a_role_that_nobody_knows_reads_nobody() -> None:
    stranger = replace(NURSE, roles=frozenset({"visitor"}))
    assert of(RELATED, tie(), caller=stranger) == "none"
    assert of(rule(roles=("visitor", "guest")), tie(), caller=stranger) == "full"
    assert of(rule(roles=("visitor",)), tie()) == "none"


@pytest.mark.parametrize(
    ("reads", "without", "treated", "open"),
    [
        ("everyone", "full", "full", "full"),
        ("related", "masked", "full", "full"),
        ("open-with-me", "masked", "masked", "full"),
        ("nobody", "none", "none", "none"),
    ],
)
def test_what_a_role_reads(reads: str, without: str, treated: str, open: str) -> None:
    mine = rule(reads=reads)
    assert (of(mine), of(mine, tie())) == (without, treated)
    assert {of(mine, tie(kind)) for kind in OPEN_KINDS} == {open}


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_kinds_of_a_rule_count(kind: str) -> None:
    for some in (set(KINDS) - {kind}, {kind}):
        assert of(rule(kinds=some), tie(kind)) == ("full" if kind in some else "masked")


@pytest.mark.parametrize(
    ("within", "department", "campus", "full"),
    [
        ({"department"}, "CARD", "west", True),
        ({"department"}, "NEUR", "east", False),
        ({"department"}, "", "east", False),
        ({"campus"}, "NEUR", "east", True),
        ({"campus"}, "CARD", "west", False),
        ({"department", "campus"}, "CARD", "east", True),
        ({"department", "campus"}, "CARD", "west", False),
        ({"department", "campus"}, "NEUR", "east", False),
        (set(), "NEUR", "west", True),
    ],
)
def test_a_tie_counts_within_ones_own_department_and_campus(
    within: set[str], department: str, campus: str, full: bool
) -> None:
    shown = of(rule(within=within), tie(department=department, campus=campus))
    assert shown == ("full" if full else "masked")


def test_a_tie_that_names_the_caller_counts_wherever_it_is() -> None:
    assert of(RELATED, tie("case", "NEUR", staff=("wu", "li"))) == "full"
    assert of(RELATED, tie("case", "NEUR", staff=("wu",))) == "masked"


@pytest.mark.parametrize(
    ("kind", "age", "full"),
    [
        ("treated", timedelta(days=180, seconds=-1), True),
        ("treated", timedelta(days=180), False),
        ("treated", timedelta(days=-30), True),
        ("call", DAY - timedelta(seconds=1), True),
        ("call", DAY, False),
        ("thread", DAY, False),
        ("case", timedelta(days=4000), True),
        ("task", timedelta(days=4000), True),
    ],
)
def test_visits_and_contacts_count_for_a_while_and_what_is_open_until_it_is_over(
    kind: str, age: timedelta, full: bool
) -> None:
    assert of(RELATED, tie(kind, last_seen=NOW - age)) == ("full" if full else "masked")


def test_what_ends_by_itself_counts_until_then() -> None:
    assert of(RELATED, tie("task", until=NOW + DAY)) == "full"
    assert of(RELATED, tie("task", until=NOW)) == "masked"


def test_a_broken_glass_is_of_who_broke_it_alone_and_for_its_minutes() -> None:
    broken = GlassBroken(at=NOW, person_id="p", review_id="r", broken_by="li", until=NOW + DAY / 24)
    for reads in ("related", "open-with-me", "nobody"):
        assert of(rule(reads=reads), broken.relation) == "full"
    other = replace(NURSE, name="wu")
    assert of(rule(within=()), broken.relation, caller=other) == "masked"
    assert verdict(NURSE, [RELATED], [broken.relation], broken.until) == "masked"


RANK = {"none": 0, "masked": 1, "full": 2}


def some(chance: Random, of: Any) -> Any:
    return frozenset(each for each in of if chance.random() < 0.5)


def test_fewer_claims_ties_or_rules_never_show_more() -> None:
    chance = Random(13)
    ties = [
        Relation(relation_id=f"{n}", kind=kind, department=department, campus=campus, staff=staff, seen=NOW - age)
        for n, (kind, department, campus, staff, age) in enumerate(
            product((*KINDS, "glass"), ("CARD", ""), ("east", "west"), ((), ("li",)), (DAY / 2, 300 * DAY))
        )
    ]
    for _ in range(3000):
        rules = [
            rule(id=name, reads=reads, kinds=some(chance, KINDS), within=some(chance, ("department", "campus")))
            for name, reads in zip("abc", chance.choices(READS, k=3), strict=True)
        ]
        departments, campuses = some(chance, ("CARD", "NEUR")), some(chance, ("east", "west"))
        more = Caller("li", frozenset(), some(chance, "abcd"), departments, campuses, has_roles=True)
        less = replace(
            more,
            roles=some(chance, more.roles),
            departments=some(chance, departments),
            campuses=some(chance, campuses),
        )
        fewer = chance.sample(ties, 4)
        most = RANK[verdict(more, rules, fewer, NOW)]
        assert RANK[verdict(less, rules, fewer, NOW)] <= most
        assert RANK[verdict(more, rules, fewer[:2], NOW)] <= most
        assert RANK[verdict(more, rules[:2], fewer, NOW)] <= most


def test_relations_of_other_kinds_than_those_of_the_rules_never_matter() -> None:
    chance = Random(29)
    ties = [tie(kind, staff=staff) for kind in (*KINDS, "glass") for staff in ((), ("li",))]
    document = {"relations": [each.model_dump(mode="json", exclude_defaults=True) for each in ties]}
    for _ in range(500):
        reads = chance.sample(READS, 2)
        rules = [rule(id=each, roles=("nurse",), reads=each, kinds=some(chance, KINDS)) for each in reads]
        row = {"relations": chance.sample(document["relations"], 3)}
        kept = relations_in(row, kinds_of(rules))
        assert verdict(NURSE, rules, kept, NOW) == verdict(NURSE, rules, relations_in(row), NOW)


def test_what_is_told_again_replaces_and_what_is_over_goes() -> None:
    began = RelationBegan(at=NOW, person_id="p", relation_id="case/c", kind="case", department="CARD", seen=NOW)
    again, other = changed(began, staff=("li",)), changed(began, relation_id=("case", "d"))
    glass = GlassBroken(at=NOW, person_id="p", review_id="r", broken_by="li", until=NOW + DAY, reason="in shock")
    ended = RelationEnded(at=NOW, person_id="p", relation_id=("case", "d"))
    row = Shows(ACCESS).given(began, other, glass, again, ended).document("p")
    assert relations_in(row) == [glass.relation, retold(Relation, again, leave=("at", "person_id"))]
    assert "shock" not in str(row)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13800001111", "138****1111"),
        ("+8613800001111", "+86*******1111"),
        ("01088886666", "010****6666"),
        ("88886666", "******66"),
        ("10086", "*****"),
        ("", ""),
    ],
)
def test_a_masked_phone_keeps_so_much_that_its_owner_knows_it(phone: str, shown: str) -> None:
    assert masked_phone(phone) == shown


def test_somebody_masked_has_a_name_phones_and_a_year_and_nothing_else() -> None:
    identity = {"name": "王秀英", "phones": ["13800001111"], "birth_date": "1950-02-03", "address": "x", "email": "y"}
    assert masked(identity) == {"name": "王秀英", "phones": ["138****1111"], "birth_year": "1950"}
    assert masked({}) == {"name": None, "phones": [], "birth_year": None}
