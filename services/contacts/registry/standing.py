"""What holds for all records of a human, computed here and nowhere else: whether they live, what they allow."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from immutables import Map

from services.contacts.commands import NoteConsent, NoteDeath
from services.contacts.registry.state import Registry
from shared.contracts.contacts import Human, Purpose
from shared.contracts.contacts_standing import ConsentNoted, DeathNoted, StandingChanged
from shared.decider import Rejection


def note_death(c: NoteDeath, registry: Registry) -> Sequence[DeathNoted] | Rejection:
    """What was said of a death under one record; what a person takes back, of every record of the human."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    if c.whole:
        return [DeathNoted(at=c.at, person_id=person, dead=c.dead) for person in registry.cluster(c.person_id)]
    known = registry.deaths.get(c.person_id)
    if (known.dead, known.since) == (c.dead, c.since) if known else not c.dead:
        return []
    return [DeathNoted(at=c.at, person_id=c.person_id, dead=c.dead, since=c.since)]


def note_consent(c: NoteConsent, registry: Registry) -> Sequence[ConsentNoted] | Rejection:
    """What the human said under one record."""
    if c.person_id not in registry.held:
        return Rejection("person-unknown", f"there is no person {c.person_id}")
    known = registry.consents.get(c.person_id, Map()).get(c.purpose)
    if known is not None and known.granted == c.granted and not known.lifted and c.granted is False:
        return []
    return [ConsentNoted(at=c.at, person_id=c.person_id, purpose=c.purpose, granted=c.granted)]


def standing(registry: Registry, person: str, at: datetime, version: int) -> StandingChanged:
    """What holds for the human behind a record. A no that was not lifted stands, whoever else said yes."""
    members = registry.cluster(person)
    words = [registry.deaths[member] for member in members if member in registry.deaths]
    told: dict[Purpose, tuple[bool, datetime]] = {}
    for member in members:
        for purpose, said in registry.consents.get(member, Map()).items():
            if said.granted or not said.lifted:
                word = (said.granted, said.at)
                told[purpose] = min(told.get(purpose, word), word, key=lambda each: (each[0], -each[1].timestamp()))
    since = sorted((word.since for word in words if word.dead and word.since), key=lambda day: day.isoformat())
    return StandingChanged(
        at=at,
        human=Human(lead=members[0], members=members, version=version),
        dead=any(word.dead for word in words),
        dead_since=since[0] if since else None,
        death_said=max((word.at for word in words), default=None),
        consents={purpose: told[purpose][0] for purpose in sorted(told)},
        consented={purpose: told[purpose][1] for purpose in sorted(told)},
    )


def changed(before: Registry, after: Registry, people: Iterable[str], at: datetime) -> list[StandingChanged]:
    """The standing of every human among `people` whose records or standing are not what they were."""
    news: dict[tuple[str, ...], StandingChanged] = {}
    for person in people:
        if after.cluster(person) not in news:
            now = standing(after, person, at, before.version + 1)
            was = standing(before, person, at, before.version + 1)
            if now != was:
                news[after.cluster(person)] = now
    return list(news.values())
