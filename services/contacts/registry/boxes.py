"""The keys that sealed what was stored of a person on its way here, 16 bytes each: they grow with every message."""

from collections.abc import Iterator
from uuid import UUID

SIZE = 16


def packed(key: str) -> bytes | None:
    """A key as it is kept; None where it is no UUID, as those of messages are."""
    try:
        return UUID(key).bytes if len(key) == 36 else None
    except ValueError:
        return None


def added(boxes: bytes, key: bytes) -> bytes:
    """With one more key. The facts of a message come one after the other and name it once."""
    return boxes if boxes.endswith(key) else boxes + key


def keys_of(boxes: bytes) -> Iterator[str]:
    """The keys, in the order in which they came."""
    return (str(UUID(bytes=boxes[at : at + SIZE])) for at in range(0, len(boxes), SIZE))
