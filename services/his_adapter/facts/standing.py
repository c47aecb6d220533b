"""Where a thing stands, in eight bytes: a word that rules ask for, and a digest of the rest, which only may differ."""

from enum import StrEnum
from hashlib import blake2b

from services.his_adapter.facts.clocks import HOW


class Word(StrEnum):
    """Where a thing stands, as rules ask for it. Stored by number: append only."""

    NOTHING = ""
    STANDS = "stands"
    ADMITTED = "admitted"
    REGISTERED = "registered"
    OPEN = "open"
    ENDED = "ended"
    CANCELLED = "cancelled"
    BOOKED = "booked"
    MISSED = "missed"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    CORRECTED = "corrected"


_WORDS = tuple(Word)
UNKNOWN = bytes(HOW)


def how_of(standing: Word, rest: str = "") -> bytes:
    """A word and the digest of what else is said."""
    digest = blake2b(rest.encode(), digest_size=HOW - 1).digest() if rest else bytes(HOW - 1)
    return bytes([_WORDS.index(standing)]) + digest


def word(how: bytes) -> Word:
    """The word; `NOTHING` where nothing is known."""
    return _WORDS[how[0]] if how else Word.NOTHING
