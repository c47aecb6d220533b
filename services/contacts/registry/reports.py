"""Applies reports of deaths and consents per record, and which refusals were lifted under another record."""

from dataclasses import replace

from immutables import Map

from services.contacts.registry.state import Consented, Registry, ReportedDeath
from shared.contracts.contacts import Purpose
from shared.contracts.contacts_standing import ConsentNoted, DeathNoted


def noted_death(registry: Registry, event: DeathNoted) -> Registry:
    """Apply a report of a death."""
    death = ReportedDeath(event.dead, event.since, event.at)
    return replace(registry, deaths=registry.deaths.set(event.person_id, death))


def noted_consent(registry: Registry, event: ConsentNoted) -> Registry:
    """Apply a consent or refusal; a consent lifts refusals under the human's other records."""
    after = _with_consent(registry, event.person_id, event.purpose, Consented(event.granted, event.at))
    for other in registry.cluster(event.person_id) if event.granted else ():
        previous = registry.consents.get(other, Map()).get(event.purpose)
        if previous is not None and not previous.granted and event.person_id not in (other, *previous.lifted):
            lifted = replace(previous, lifted=(*previous.lifted, event.person_id))
            after = _with_consent(after, other, event.purpose, lifted)
    return after


def unlifted(registry: Registry, person: str) -> Registry:
    """Remove lifts that came from records that are not of this human any more."""
    cluster = registry.cluster(person)
    for purpose, consent in registry.consents.get(person, Map()).items():
        kept = tuple(other for other in consent.lifted if other in cluster)
        if kept != consent.lifted:
            registry = _with_consent(registry, person, purpose, replace(consent, lifted=kept))
    return registry


def _with_consent(registry: Registry, person: str, purpose: Purpose, consent: Consented) -> Registry:
    """Store the consent of one record."""
    consents = registry.consents.get(person, Map())
    return replace(registry, consents=registry.consents.set(person, consents.set(purpose, consent)))
