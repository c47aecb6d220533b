"""The standing of a human, computed from all records: whether they are alive, and their consents."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from immutables import Map

from services.contacts.registry.commands import NoteConsent, NoteDeath
from services.contacts.registry.state import Registry
from shared.contracts.contacts import Human, Purpose
from shared.contracts.contacts_standing import ConsentNoted, DeathNoted, StandingChanged
from shared.decider import Rejection


def note_death(c: NoteDeath, registry: Registry) -> Sequence[DeathNoted] | Rejection:
    """Record a death, or its withdrawal, under one record; with `whole` under every record of the human."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    if c.whole:
        return [DeathNoted(at=c.at, person_id=person, dead=c.dead) for person in registry.cluster(c.person_id)]
    previous = registry.deaths.get(c.person_id)
    if (previous.dead, previous.since) == (c.dead, c.since) if previous else not c.dead:
        return []
    return [DeathNoted(at=c.at, person_id=c.person_id, dead=c.dead, since=c.since)]


def note_consent(c: NoteConsent, registry: Registry) -> Sequence[ConsentNoted] | Rejection:
    """Record a consent or refusal under one record."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    previous = registry.consents.get(c.person_id, Map()).get(c.purpose)
    if previous is not None and previous.granted == c.granted and not previous.lifted and c.granted is False:
        return []
    return [ConsentNoted(at=c.at, person_id=c.person_id, purpose=c.purpose, granted=c.granted)]


def standing(registry: Registry, person: str, at: datetime, version: int) -> StandingChanged:
    """The standing of the human behind a record. A refusal that was not lifted counts, whoever else consented."""
    members = registry.cluster(person)
    deaths = [registry.deaths[member] for member in members if member in registry.deaths]
    chosen: dict[Purpose, tuple[bool, datetime]] = {}
    for member in members:
        for purpose, word in registry.consents.get(member, Map()).items():
            if word.granted or not word.lifted:
                consent = (word.granted, word.at)
                earlier = chosen.get(purpose, consent)
                chosen[purpose] = min(earlier, consent, key=lambda each: (each[0], -each[1].timestamp()))
    since = sorted((death.since for death in deaths if death.dead and death.since), key=lambda day: day.isoformat())
    return StandingChanged(
        at=at,
        human=Human(lead=members[0], members=members, version=version),
        dead=any(death.dead for death in deaths),
        dead_since=since[0] if since else None,
        death_said=max((death.at for death in deaths), default=None),
        consents={purpose: chosen[purpose][0] for purpose in sorted(chosen)},
        consented={purpose: chosen[purpose][1] for purpose in sorted(chosen)},
    )


def changed(before: Registry, after: Registry, people: Iterable[str], at: datetime) -> list[StandingChanged]:
    """The standing of every human among `people` that differs between the two states."""
    standings: dict[tuple[str, ...], StandingChanged] = {}
    for person in people:
        if after.cluster(person) not in standings:
            current = standing(after, person, at, before.version + 1)
            previous = standing(before, person, at, before.version + 1)
            if current != previous:
                standings[after.cluster(person)] = current
    return list(standings.values())
