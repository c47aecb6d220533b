"""The set of inputs recorded for a person, so that a repeated input is recognised however late: 16 bytes per input.

Inputs are stored as digests (the first 96 bits of SHA-256 in Base64), sorted, in one text: small in memory and in a
checkpoint. Over `MAX_DIGESTS` digests the text is divided by the first character of the digests, so that a checkpoint
writes only the parts that changed.
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
"""Events that carry the id of the input they were recorded from."""
WIDTH = 16
MAX_DIGESTS = 512
"""Digests in one text before it is divided."""


class Heard(Part):
    """One part of a divided text of digests in a checkpoint."""

    digests: str


def knows(whole: str, divided: Mapping[str, str], digest: str) -> bool:
    """Whether a digest is stored. `whole`: the undivided text; `divided`: first character → text."""
    text = divided.get(digest[0], "") if divided else whole
    place = _place(text, digest)
    return text[place : place + WIDTH] == digest


def add_digest(whole: str, divided: Mapping[str, str], digest: str) -> tuple[str, Mapping[str, str]]:
    """Add a digest; divides the text when it is full. Returns the new `whole` and `divided`."""
    if divided:
        return whole, {**divided, digest[0]: with_digest(divided.get(digest[0], ""), digest)}
    text = with_digest(whole, digest)
    if len(text) <= MAX_DIGESTS * WIDTH:
        return text, divided
    digests = (text[at : at + WIDTH] for at in range(0, len(text), WIDTH))
    return "", {first: "".join(group) for first, group in groupby(digests, itemgetter(0))}


def with_digest(text: str, digest: str) -> str:
    """Insert a digest into a sorted text of digests, unless it is there."""
    place = _place(text, digest)
    return text if text[place : place + WIDTH] == digest else text[:place] + digest + text[place:]


def _place(text: str, digest: str) -> int:
    numbers = range(len(text) // WIDTH)
    return WIDTH * bisect_left(numbers, digest, key=lambda number: text[WIDTH * number : WIDTH * (number + 1)])


def digest(id: str) -> str:
    """The digest of an input id."""
    return b64encode(sha256(id.encode()).digest()[:12]).decode()


def touchpoint(id: str) -> str:
    """The digest of a touchpoint id, which the sender chooses."""
    return digest(f"touchpoint {id}")


def alike(fact: PersonFact) -> str:
    """The digest of a fact's content, which identifies facts in events of versions without input ids.

    Fields that contacts adds (those of `PersonFact` except message id and source key) are left out.
    """
    own = {"message_id", "source_key", *(type(fact).model_fields.keys() - PersonFact.model_fields.keys())}
    content = fact.model_dump_json(include=own, exclude_defaults=True)
    return digest(f"{type(fact).wire} {fact.at.timestamp()} {content}")


def recorded(event: Recorded) -> str:
    """The digest of the input that an event was recorded from; "" if there was none."""
    match event:
        case TouchpointRecorded():
            return touchpoint(event.touchpoint_id)
        case PersonFact() if not event.input_id:
            return alike(event)
        case _:
            return digest(event.input_id) if event.input_id else ""
