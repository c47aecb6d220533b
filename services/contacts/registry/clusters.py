"""The clusters of records of one human. Merges are the edges of a forest, so undoing one splits a cluster in two."""

from collections.abc import Iterable
from dataclasses import replace

from services.contacts.registry.reports import unlifted
from services.contacts.registry.state import Registry, without
from shared.contracts.contacts import PersonsMerged, PersonsUnmerged


def merged_into(registry: Registry, event: PersonsMerged) -> Registry:
    """Apply a merge of two records."""
    return _linked(_clustered(registry, [event.cluster]), event.person_id, event.merged_id)


def separated_from(registry: Registry, event: PersonsUnmerged) -> Registry:
    """Apply an unmerge: remove the links and lifted refusals between the two clusters.

    Older versions separated single records together with nothing that was linked through them: a record without a path
    to its lead is linked to it.
    """
    after = _clustered(registry, event.clusters)
    for cluster in event.clusters:
        for person in cluster:
            kept = tuple(other for other in after.links.get(person, ()) if other in cluster)
            after = replace(after, links=after.links.set(person, kept) if kept else without(after.links, person))
            after = unlifted(after, person)
        reached = reachable(after, cluster[0])
        for person in cluster:
            if person not in reached:
                after = _linked(after, cluster[0], person)
                reached = reachable(after, cluster[0])
    return after


def reachable(registry: Registry, person: str, without_link: frozenset[str] = frozenset()) -> set[str]:
    """The records connected to `person`, ignoring one link (given by its two ends)."""
    seen, waiting = {person}, [person]
    while waiting:
        here = waiting.pop()
        fresh = [o for o in registry.links.get(here, ()) if o not in seen and {here, o} != without_link]
        seen.update(fresh)
        waiting += fresh
    return seen


def _clustered(registry: Registry, clusters: Iterable[tuple[str, ...]]) -> Registry:
    """Set the cluster of every record in `clusters`."""
    by_person = registry.clusters
    for cluster in clusters:
        for person in cluster:
            by_person = by_person.set(person, cluster)
    return replace(registry, clusters=by_person)


def _linked(registry: Registry, one: str, other: str) -> Registry:
    """Add a link between two records."""
    links = registry.links
    for person, linked in ((one, other), (other, one)):
        links = links.set(person, (*links.get(person, ()), linked))
    return replace(registry, links=links)
