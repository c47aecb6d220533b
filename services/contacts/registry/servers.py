"""Ids on FHIR servers: an id without its server identifies somebody only for the server that issued it (ADR 25)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.contacts.registry.commands import ResolveIdentity, Twin
from services.contacts.registry.proposing import proposal_id
from services.contacts.registry.state import Registry
from shared.contracts.base import changed
from shared.contracts.contacts import IdentityResolved
from shared.contracts.contacts_identity import MergeProposed
from shared.contracts.facts import BARE_ID, has_kind

MIXED = "until ids had servers, facts of two servers' patients of one id were told of one person: is it one human?"


def bound(c: ResolveIdentity, registry: Registry) -> ResolveIdentity:
    """Remove the ids that another server issued from the command."""
    foreign_twins = [twin for twin in c.twins if _is_foreign(twin, c, registry)]
    if not foreign_twins:
        return c
    keys, authorities = {twin.bare for twin in foreign_twins}, {twin.authority for twin in foreign_twins}

    def remaining(all_keys: Sequence[str]) -> tuple[str, ...]:
        return tuple(key for key in all_keys if key not in keys)

    traits = c.traits and changed(c.traits, authorities=tuple(a for a in c.traits.authorities if a not in authorities))
    return changed(c, strong=remaining(c.strong), same=remaining(c.same), records=remaining(c.records), traits=traits)


def _is_foreign(twin: Twin, c: ResolveIdentity, registry: Registry) -> bool:
    """Whether another server issued the bare id."""
    return twin.foreign or registry.givers.get(twin.bare, c.servers)[0] not in c.servers


def mixed(c: ResolveIdentity, registry: Registry, person: str) -> Iterator[MergeProposed]:
    """Propose to check people whom an id without its server may have mixed up with a patient of another server."""
    for twin in c.twins:
        if not twin.foreign or set(registry.givers.get(twin.bare, ())).isdisjoint(c.servers):
            continue
        for other in registry.people([twin.bare]):
            id, pair = proposal_id(person, other), sorted((person, other))
            settled = id in registry.proposals or registry.separate(person, other)
            if other not in registry.cluster(person) and not settled:
                yield MergeProposed(at=c.at, proposal_id=id, candidates=(pair[0], pair[1]), reasons=(MIXED,))


def with_givers(registry: Registry, event: IdentityResolved) -> Registry:
    """Record which server issued an id first, and which others issued it while ids had no server."""
    input, givers = event.carried or {}, registry.givers
    servers = input.get("servers") or [input.get("source_system", "")]
    for key in _bare_ids(input):
        issuers = givers.get(key, ())
        first = not issuers and (key in event.strong or not input.get("servers"))
        if first or (issuers and not input.get("servers") and servers[0] not in issuers):
            givers = givers.set(key, (*issuers, servers[0]))
    return registry if givers is registry.givers else replace(registry, givers=givers)


def _bare_ids(input: Mapping[str, Any]) -> Iterable[str]:
    """The keys of an input's ids without a server."""
    ids = [*(input.get("patient") or {}).get("identifiers", ()), *input.get("others", ())]
    return [id["key"] for id in ids if has_kind(str(id.get("system", "")), BARE_ID)]
