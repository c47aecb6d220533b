"""Where something personal may stand in clear, and why. What stands nowhere any more is taken off: the test says so."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.support.planted import Kind
from tests.support.searching import Sighting


@dataclass(frozen=True, slots=True)
class Permitted:
    """A place (`*` is anything), the kinds of values that may stand there, and the reason."""

    place: str
    kinds: frozenset[Kind]
    reason: str

    def allows(self, sighting: Sighting) -> bool:
        """Whether this row permits the sighting."""
        return sighting.kind in self.kinds and fnmatchcase(sighting.place, self.place)


def row(place: str, reason: str, *kinds: Kind) -> Permitted:
    """One place."""
    return Permitted(place, frozenset(kinds), reason)


SHOWN = "who somebody is, for the desk: shown and looked through most, cleared by their erasure (ADR 4)"
CLAIMED = "what somebody said of themselves, for the desk to confirm; goes with the identity (ADR 4)"
OUTSIDE = "outside clients write here themselves; what they wrote is read once and kept for a term (ADR 9)"
NAMED = "a type is a word of the publisher's program and decides who reads a message, so it is kept as it came"
IN_VAIN = (
    "what a caller put where the id of a person belongs, in vain: who asked after whom is on record as it was asked"
)
PERSON = "collection careloop_contacts.person_360"

PERMITTED = (
    row(f"{PERSON}.identity.name", SHOWN, "name"),
    row(f"{PERSON}.identity.phones", SHOWN, "phone"),
    row(f"{PERSON}.identity.email", SHOWN, "email"),
    row(f"{PERSON}.identity.address", SHOWN, "address"),
    row(f"{PERSON}.identity.identifiers.value", SHOWN, "mrn", "national-id"),
    row(f"{PERSON}.claims.value", CLAIMED, "email", "name", "phone"),
    row("collection careloop_contacts.accesses.persons", IN_VAIN, "phone"),
    row("topic careloop.contacts.audit.v1 careloop.audit.persons_accessed.v1.data.persons", IN_VAIN, "phone"),
    row("topic careloop.contacts.inbox.v1 key", OUTSIDE, "phone"),
    row("topic careloop.contacts.inbox.v1*", OUTSIDE, "name", "phone"),
    row("collection careloop_contacts.causality.type", NAMED, "name"),
    row("collection careloop_contacts.dead_letters.detail", NAMED, "name"),
    row("topic careloop.contacts.dlq careloop.dead_letter.v1.data.detail", NAMED, "name"),
    row("collection careloop_his_adapter.messages.type", NAMED, "name"),
    row("topic careloop.his-adapter.raw.v1 *.data.message_type", NAMED, "name"),
)


def unlisted(sightings: Iterable[Sighting]) -> list[str]:
    """The sightings that no row of the list permits."""
    return sorted({str(each) for each in sightings if not any(row.allows(each) for row in PERMITTED)})


def unneeded(sightings: Collection[Sighting]) -> list[str]:
    """The kinds in rows of the list that no sighting needs; they must be taken off."""
    needed = {(row.place, each.kind) for row in PERMITTED for each in sightings if row.allows(each)}
    return sorted(f"{row.place}: {kind}" for row in PERMITTED for kind in row.kinds if (row.place, kind) not in needed)
