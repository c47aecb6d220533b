"""Which inputs were recorded of a person: all of them and for ever, 16 bytes each.

`heard` is one text of digests (the first 96 bits of SHA-256 as Base64), sorted: small in memory and in a checkpoint.
"""

from base64 import b64encode
from bisect import bisect_left
from hashlib import sha256

from shared.contracts.contacts import PersonDetailsChanged, PersonRegistered, TouchpointRecorded
from shared.contracts.person_facts import PersonFact

WIDTH = 16


def knows(heard: str, digest: str) -> bool:
    """Whether an input was recorded."""
    place = _place(heard, digest)
    return heard[place : place + WIDTH] == digest


def with_one(heard: str, digest: str) -> str:
    """With one more input."""
    place = _place(heard, digest)
    return heard if heard[place : place + WIDTH] == digest else heard[:place] + digest + heard[place:]


def _place(heard: str, digest: str) -> int:
    numbers = range(len(heard) // WIDTH)
    return WIDTH * bisect_left(numbers, digest, key=lambda number: heard[WIDTH * number : WIDTH * (number + 1)])


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


def recorded(event: PersonRegistered | PersonDetailsChanged | TouchpointRecorded | PersonFact) -> str:
    """The digest that an event adds; "" where it came of no input."""
    match event:
        case TouchpointRecorded():
            return touchpoint(event.touchpoint_id)
        case PersonFact() if not event.input_id:
            return alike(event)
        case _:
            return digest(event.input_id) if event.input_id else ""
