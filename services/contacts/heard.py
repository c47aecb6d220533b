"""Which inputs were recorded of a person: all of them and for ever, 16 bytes each.

They are kept as digests (the first 96 bits of SHA-256 as Base64), sorted in one text: small in memory and in a
checkpoint. Of a person of whom much is told the text is divided by the first sign of the digests, so that a checkpoint
writes only what is new.
"""

from base64 import b64encode
from bisect import bisect_left
from collections.abc import Mapping
from hashlib import sha256
from itertools import groupby
from operator import itemgetter

from shared.contracts.base import Part
from shared.contracts.contacts import PersonDetailsChanged, PersonRegistered, TouchpointRecorded
from shared.contracts.person_facts import PersonFact

Recorded = PersonRegistered | PersonDetailsChanged | TouchpointRecorded | PersonFact
"""What names its input."""
WIDTH = 16
FULL = 512
"""Digests in one text before it is divided."""


class Heard(Part):
    """Digests in a checkpoint."""

    digests: str


def knows(whole: str, divided: Mapping[str, str], digest: str) -> bool:
    """Whether an input was recorded."""
    text = divided.get(digest[0], "") if divided else whole
    place = _place(text, digest)
    return text[place : place + WIDTH] == digest


def hearing(whole: str, divided: Mapping[str, str], digest: str) -> tuple[str, Mapping[str, str]]:
    """With one more input."""
    if divided:
        return whole, {**divided, digest[0]: with_digest(divided.get(digest[0], ""), digest)}
    text = with_digest(whole, digest)
    if len(text) <= FULL * WIDTH:
        return text, divided
    each = (text[at : at + WIDTH] for at in range(0, len(text), WIDTH))
    return "", {first: "".join(some) for first, some in groupby(each, itemgetter(0))}


def with_digest(text: str, digest: str) -> str:
    """A text of digests with one more."""
    place = _place(text, digest)
    return text if text[place : place + WIDTH] == digest else text[:place] + digest + text[place:]


def _place(text: str, digest: str) -> int:
    numbers = range(len(text) // WIDTH)
    return WIDTH * bisect_left(numbers, digest, key=lambda number: text[WIDTH * number : WIDTH * (number + 1)])


def digest(id: str) -> str:
    """The digest of an input that has a name of its own."""
    return b64encode(sha256(id.encode()).digest()[:12]).decode()


def touchpoint(id: str) -> str:
    """The digest of a touchpoint, which its sender names."""
    return digest(f"touchpoint {id}")


def alike(fact: PersonFact) -> str:
    """The digest of what a fact says: what a fact is known by whose event is of before events named their input.

    What contacts says of the person beside the fact (all other fields of `PersonFact`) does not count.
    """
    own = {"message_id", "source_key", *(type(fact).model_fields.keys() - PersonFact.model_fields.keys())}
    said = fact.model_dump_json(include=own, exclude_defaults=True)
    return digest(f"{type(fact).wire} {fact.at.timestamp()} {said}")


def recorded(event: Recorded) -> str:
    """The digest that an event adds; "" where it came of no input."""
    match event:
        case TouchpointRecorded():
            return touchpoint(event.touchpoint_id)
        case PersonFact() if not event.input_id:
            return alike(event)
        case _:
            return digest(event.input_id) if event.input_id else ""
