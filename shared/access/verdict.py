"""Who may read whom: one pure function, the same in every service."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from shared.caller import Caller
from shared.contracts.contacts_access import OPEN_KINDS, Access, Relation, RelationKind

Verdict = Literal["full", "masked", "none"]
_OF_NO_RULE: frozenset[RelationKind] = frozenset({"glass"})


def verdict(caller: Caller, rules: Sequence[Access], relations: Iterable[Relation], now: datetime) -> Verdict:
    """What a caller may see of the human with these relations: everything, masked data as in a search, or nothing.

    `rules`: the current ones. A token without the claim `roles` belongs to a machine: only its scopes count. A caller
    with unknown roles reads nobody, except by emergency access.
    """
    if not caller.has_roles:
        return "full"
    own_relations, own_rules = list(relations), rules_of(caller, rules)
    if reads_everybody(own_rules) or any(_glass(caller, each, now) for each in own_relations):
        return "full"
    if any(_reads(caller, rule, own_relations, now) for rule in own_rules):
        return "full"
    return "masked" if any(rule.reads != "nobody" for rule in own_rules) else "none"


def rules_of(caller: Caller, rules: Iterable[Access]) -> list[Access]:
    """The rules for the roles of a caller."""
    return [rule for rule in rules if not caller.roles.isdisjoint(rule.names)]


def reads_everybody(rules: Iterable[Access]) -> bool:
    """Whether anybody with these rules reads every person, whatever relates them."""
    return any(rule.reads == "everyone" for rule in rules)


def kinds_of(rules: Iterable[Access]) -> frozenset[RelationKind]:
    """The kinds of relations by which anybody with these rules reads a person."""
    return _OF_NO_RULE.union(*(rule.kinds for rule in rules))


def _glass(caller: Caller, relation: Relation, now: datetime) -> bool:
    return relation.kind == "glass" and caller.name in relation.staff and _lasts(relation, now)


def _reads(caller: Caller, rule: Access, relations: Iterable[Relation], now: datetime) -> bool:
    if rule.reads == "related":
        return any(_counts(caller, rule, each, now) for each in relations)
    if rule.reads == "open-with-me":
        return any(each.kind in OPEN_KINDS and _counts(caller, rule, each, now) for each in relations)
    return False


def _counts(caller: Caller, rule: Access, relation: Relation, now: datetime) -> bool:
    """Whether a relation lets a caller read by this rule."""
    if relation.kind not in rule.kinds or not _lasts(relation, now):
        return False
    days = {"treated": rule.treated_days, "call": rule.contact_days, "thread": rule.contact_days}.get(relation.kind)
    if days is not None and now >= relation.seen + timedelta(days=days):
        return False
    return caller.name in relation.staff or _near(caller, rule, relation)


def _near(caller: Caller, rule: Access, relation: Relation) -> bool:
    places = {"department": (relation.department, caller.departments), "campus": (relation.campus, caller.campuses)}
    return all(places[name][0] in places[name][1] for name in rule.within)


def _lasts(relation: Relation, now: datetime) -> bool:
    return relation.until is None or now < relation.until
