"""Ids of the data keys of messages stored about a person, packed to 16 bytes each, as there is one per message."""

from collections.abc import Iterator
from uuid import UUID

SIZE = 16


def packed(key: str) -> bytes | None:
    """The packed id; None if it is not a UUID (ids of messages are)."""
    try:
        return UUID(key).bytes if len(key) == 36 else None
    except ValueError:
        return None


def added(packed_keys: bytes, key: bytes) -> bytes:
    """Append a packed id, unless it is the last one: the facts of one message come one after the other."""
    return packed_keys if packed_keys.endswith(key) else packed_keys + key


def keys_of(packed_keys: bytes) -> Iterator[str]:
    """The ids, in the order in which they were added."""
    return (str(UUID(bytes=packed_keys[at : at + SIZE])) for at in range(0, len(packed_keys), SIZE))
