"""Where a thing stands, in eight bytes: a word that rules ask for, and a digest of the rest, which only may differ."""

from hashlib import blake2b

from services.his_adapter.facts.clocks import HOW

WORDS = (
    "",
    "stands",
    "admitted",
    "registered",
    "open",
    "ended",
    "cancelled",
    "booked",
    "missed",
    "preliminary",
    "final",
    "corrected",
)
"""Stored by number: append only."""
UNKNOWN = bytes(HOW)


def how_of(standing: str, rest: str = "") -> bytes:
    """A word and the digest of what else is said."""
    digest = blake2b(rest.encode(), digest_size=HOW - 1).digest() if rest else bytes(HOW - 1)
    return bytes([WORDS.index(standing)]) + digest


def word(how: bytes) -> str:
    """The word; "" where nothing is known."""
    return WORDS[how[0]] if how else ""
