"""What the search shows."""

from dataclasses import dataclass

from careloop_client.contacts.models import Identity, PersonMatch

SYSTEMS = ("phone", "MRN", "national-id")
"""What can be searched for. A hospital number (`MRN`) is one of the hospital's own system, or of the one given."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record that has the number. `masked`: the reader may not open it."""

    person_id: str
    name: str
    phones: str
    born: str
    masked: bool


def match(answer: PersonMatch) -> Match:
    """A row of the result."""
    identity = answer.identity
    return Match(answer.person_id, identity.name or "", ", ".join(identity.phones or ()), born(identity), answer.masked)


def born(identity: Identity) -> str:
    """The day of birth; only its year of a masked identity."""
    return str(identity.birth_date or identity.birth_year or "")


def system_of(kind: str, issuer: str) -> str:
    """The identifier's system as the service names it: `phone`, or `MRN:CITY-HOSPITAL`."""
    return f"MRN:{issuer.strip()}" if kind == "MRN" else kind
