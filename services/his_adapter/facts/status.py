"""The state of a thing in eight bytes: a status that rules read, and a digest of the remaining fields.

The digest can only be compared: it shows that something differs, not what.
"""

from enum import StrEnum
from hashlib import blake2b

from services.his_adapter.facts.clocks import HOW


class ThingStatus(StrEnum):
    """The status of a thing. Stored by position in this enumeration: append only."""

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


_STATUSES = tuple(ThingStatus)
UNKNOWN = bytes(HOW)


def encoded(status: ThingStatus, rest: str = "") -> bytes:
    """Encode a status and the digest of `rest` (zeros for an empty text) as `HOW` bytes."""
    digest = blake2b(rest.encode(), digest_size=HOW - 1).digest() if rest else bytes(HOW - 1)
    return bytes([_STATUSES.index(status)]) + digest


def status_of(how: bytes) -> ThingStatus:
    """The status of an encoded state; `NOTHING` for empty bytes."""
    return _STATUSES[how[0]] if how else ThingStatus.NOTHING
