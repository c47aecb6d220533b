"""Ids on FHIR servers: one without its server names somebody only for the server that gave it (ADR 25)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.contacts.commands import ResolveIdentity, Twin
from services.contacts.registry.proposing import proposal_id
from services.contacts.registry.state import Registry
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityResolved
from shared.contracts.contacts_identity import MergeProposed
from shared.contracts.facts import BARE_ID

MIXED = "until ids had servers, facts of two servers' patients of one id were told of one person: is it one human?"


def bound(c: ResolveIdentity, registry: Registry) -> ResolveIdentity:
    """The question without the ids that another server gave."""
    foreign = [twin for twin in c.twins if _is_foreign(twin, c, registry)]
    if not foreign:
        return c
    keys, by = {twin.bare for twin in foreign}, {twin.authority for twin in foreign}

    def left(known: Sequence[str]) -> tuple[str, ...]:
        return tuple(key for key in known if key not in keys)

    traits = c.traits and changed(c.traits, authorities=tuple(a for a in c.traits.authorities if a not in by))
    return changed(c, strong=left(c.strong), same=left(c.same), records=left(c.records), traits=traits)


def _is_foreign(twin: Twin, c: ResolveIdentity, registry: Registry) -> bool:
    return twin.foreign or registry.givers.get(twin.bare, c.servers)[0] not in c.servers


def mixed(c: ResolveIdentity, registry: Registry, person: str) -> Iterator[MergeProposed]:
    """A person should say whether somebody is who they were taken for by an id that another server gave."""
    for twin in c.twins:
        if not twin.foreign or set(registry.givers.get(twin.bare, ())).isdisjoint(c.servers):
            continue
        for other in registry.people([twin.bare]):
            id, pair = proposal_id(person, other), sorted((person, other))
            known = id in registry.proposals or registry.separate(person, other)
            if other not in registry.cluster(person) and not known:
                yield MergeProposed(at=c.at, proposal_id=id, candidates=(pair[0], pair[1]), reasons=(MIXED,))


def with_givers(registry: Registry, event: IdentityResolved) -> Registry:
    """The registry that knows which server gave an id first, and which others gave it before ids had servers."""
    told, givers = event.carried or {}, registry.givers
    servers = told.get("servers") or [told.get("source_system", "")]
    for key in _bare_ids(told):
        known = givers.get(key, ())
        first = not known and (key in event.strong or not told.get("servers"))
        if first or (known and not told.get("servers") and servers[0] not in known):
            givers = givers.set(key, (*known, servers[0]))
    return registry if givers is registry.givers else replace(registry, givers=givers)


def _bare_ids(told: Mapping[str, Any]) -> Iterable[str]:
    ids = [*(told.get("patient") or {}).get("identifiers", ()), *told.get("others", ())]
    return [id["key"] for id in ids if str(id.get("system", "")).startswith(BARE_ID)]
