"""What was said under each record of deaths and consents, and which refusals were taken back under another."""

from dataclasses import replace

from immutables import Map

from services.contacts.registry.state import Death, Registry, Said
from shared.contracts.contacts import Purpose
from shared.contracts.contacts_standing import ConsentNoted, DeathNoted


def noted_death(registry: Registry, event: DeathNoted) -> Registry:
    """The registry with what was said of a death."""
    word = Death(event.dead, event.since, event.at)
    return replace(registry, deaths=registry.deaths.set(event.person_id, word))


def noted_consent(registry: Registry, event: ConsentNoted) -> Registry:
    """The registry with a word of consent: a yes lifts what was refused under the human's other records."""
    after = _said(registry, event.person_id, event.purpose, Said(event.granted, event.at))
    for other in registry.cluster(event.person_id) if event.granted else ():
        known = registry.consents.get(other, Map()).get(event.purpose)
        if known is not None and not known.granted and event.person_id not in (other, *known.lifted):
            after = _said(after, other, event.purpose, replace(known, lifted=(*known.lifted, event.person_id)))
    return after


def unlifted(registry: Registry, person: str) -> Registry:
    """The registry without what was lifted under records that are not of this human any more."""
    cluster = registry.cluster(person)
    for purpose, said in registry.consents.get(person, Map()).items():
        kept = tuple(other for other in said.lifted if other in cluster)
        if kept != said.lifted:
            registry = _said(registry, person, purpose, replace(said, lifted=kept))
    return registry


def _said(registry: Registry, person: str, purpose: Purpose, said: Said) -> Registry:
    mine = registry.consents.get(person, Map())
    return replace(registry, consents=registry.consents.set(person, mine.set(purpose, said)))
