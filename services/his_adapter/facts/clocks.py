"""Version clocks, packed into bytes: one per thing, so that the state grows with things and not with messages.

A clock takes at most 48 bytes: hash of the thing's name (8), time of the newest message about it (7), a byte of flags
and sizes, encoded state of the thing (8; other fields of a visit 13), digests of the messages of exactly that time (6
each). Older messages need no digest: their time shows that they are late. More than three of one time are merged
into a Bloom filter: no message is published twice, and a seventh new message is mistaken for a processed one with a
probability of 1 in 2000.

Clocks are stored in buckets that split when they are full; a bucket's key is the common bit prefix of its names.
"""

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, NamedTuple

from shared.contracts.base import Part, Personal
from shared.contracts.his_things import Thing
from shared.text_form import TextForm

MAX_BUCKET_BYTES = 1024
"""Bytes of a bucket before it splits."""
EXACT = 3  # digests of one clock that are stored separately
NAME, TIME, HOW, WIDE, DIGEST = 8, 7, 8, 13, 6
_HEAD = NAME + TIME + 1
_WIDE, _CROWDED = 8, 4
_SKETCH = EXACT * DIGEST * 8
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
Buckets = Mapping[str, bytes]
Hex = Annotated[bytes, TextForm(bytes.fromhex, bytes.hex)]
"""A name of a thing or a digest of a message, as checkpoints hold it."""


def name_of(patient_key: str, thing: Thing) -> bytes:
    """The hash (`NAME` bytes) under which a patient's thing is stored."""
    return blake2b(str(thing).encode(), digest_size=NAME, key=patient_key.encode()[:64]).digest()


def digest_of(message_id: str, kind: str) -> bytes:
    """The hash (`DIGEST` bytes) of a message id and a fact type, by which a repeated message is recognised."""
    return blake2b(f"{message_id}/{kind}".encode(), digest_size=DIGEST).digest()


class Clock(NamedTuple):
    """Time of the newest message about a thing, the thing's encoded state, and digests of the messages of that time.

    `crowded`: `digests` is a Bloom filter instead of a list of digests.
    """

    at: datetime
    how: bytes
    digests: bytes = b""
    crowded: bool = False

    def has_digest(self, digest: bytes) -> bool:
        """Whether the message with this digest and the time `at` was processed."""
        if self.crowded:
            sketch = int.from_bytes(self.digests)
            return _bits(digest) & sketch == _bits(digest)
        return digest in _split(self.digests)

    def with_digest(self, digest: bytes) -> "Clock":
        """The clock with the digest of another message of the time `at`."""
        if self.has_digest(digest):
            return self
        if not self.crowded and len(self.digests) < EXACT * DIGEST:
            return self._replace(digests=self.digests + digest)
        sketch = int.from_bytes(self.digests) if self.crowded else _union(_split(self.digests))
        return self._replace(digests=(sketch | _bits(digest)).to_bytes(EXACT * DIGEST), crowded=True)


def _split(digests: bytes) -> list[bytes]:
    return [digests[at : at + DIGEST] for at in range(0, len(digests), DIGEST)]


def _union(digests: list[bytes]) -> int:
    sketch = 0
    for digest in digests:
        sketch |= _bits(digest)
    return sketch


def _bits(digest: bytes) -> int:
    """The bits of a digest in the Bloom filter: one for every 12 bits of the digest."""
    number, bits = int.from_bytes(digest), 0
    for at in range(0, DIGEST * 8, 12):
        bits |= 1 << (number >> at & 0xFFF) % _SKETCH
    return bits


def find(buckets: Buckets, name: bytes) -> Clock | None:
    """The clock stored under `name`, or None."""
    bucket = buckets.get(_leaf(buckets, name), b"")
    start, end = _span(bucket, name)
    return _clock(bucket[start:end]) if start < end else None


def put(buckets: Buckets, name: bytes, clock: Clock) -> Buckets:
    """The buckets with `clock` stored under `name`; a bucket over `MAX_BUCKET_BYTES` bytes is split in two."""
    leaf = _leaf(buckets, name)
    bucket = buckets.get(leaf, b"")
    start, end = _span(bucket, name)
    bucket = b"".join((bucket[:start], _packed(name, clock), bucket[end:]))
    if len(bucket) <= MAX_BUCKET_BYTES:
        return {**buckets, leaf: bucket}
    clocks = list(_packed_clocks(bucket))
    halves = {leaf + bit: b"".join([packed for packed in clocks if _path(packed)[len(leaf)] == bit]) for bit in "01"}
    return {path: other for path, other in buckets.items() if path != leaf} | halves


def _path(name: bytes) -> str:
    """The bits of a name (or of a packed clock, which begins with its name) as text."""
    return f"{int.from_bytes(name[:NAME]):0{NAME * 8}b}"


def _leaf(buckets: Buckets, name: bytes) -> str:
    """The key of the bucket that a name belongs to; "" before the first split."""
    path = _path(name)
    return next((path[:depth] for depth in range(len(path)) if path[:depth] in buckets), "")


def _span(bucket: bytes, name: bytes) -> tuple[int, int]:
    """Start and end of the clock of a name; both are the end of the bucket if there is none."""
    size = len(bucket)
    start = 0 if name in bucket else size
    while start < size:
        end = start + _size(bucket[start + _HEAD - 1])
        if bucket.startswith(name, start):
            return start, end
        start = end
    return size, size


def _size(head: int) -> int:
    return _HEAD + (WIDE if head & _WIDE else HOW) + (head & EXACT) * DIGEST


def _packed_clocks(bucket: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(bucket):
        end = start + _size(bucket[start + _HEAD - 1])
        yield bucket[start:end]
        start = end


def _packed(name: bytes, clock: Clock) -> bytes:
    head = len(clock.digests) // DIGEST | (_CROWDED if clock.crowded else 0) | (_WIDE if len(clock.how) == WIDE else 0)
    return b"".join((name, ((clock.at - _FIRST) // _TICK).to_bytes(TIME), bytes([head]), clock.how, clock.digests))


def _clock(packed: bytes) -> Clock:
    head = packed[_HEAD - 1]
    start = _HEAD + (WIDE if head & _WIDE else HOW)
    at = _FIRST + int.from_bytes(packed[NAME : NAME + TIME]) * _TICK
    return Clock(at, packed[_HEAD:start], packed[start:], bool(head & _CROWDED))


class Bucket(Part):
    """A bucket in a checkpoint, Base64. The states are encrypted: one may reveal a critical result."""

    clocks: str
    hows: Personal[str] = None


def stored(bucket: bytes) -> Bucket:
    """Convert a bucket to its checkpoint form: clocks with the states zeroed, and the states."""
    clocks, hows = list[bytes](), list[bytes]()
    for packed in _packed_clocks(bucket):
        hows.append(_clock(packed).how)
        clocks.append(_with_how(packed, bytes(len(hows[-1]))))
    return Bucket(clocks=_text(clocks), hows=_text(hows))


def restored(kept: Bucket) -> bytes:
    """Convert the checkpoint form back; the states stay zeros if their data key was destroyed."""
    clocks, hows, at = list[bytes](), base64.b64decode(kept.hows or ""), 0
    for packed in _packed_clocks(base64.b64decode(kept.clocks)):
        how = hows[at : at + len(_clock(packed).how)]
        clocks.append(_with_how(packed, how) if how else packed)
        at += len(how)
    return b"".join(clocks)


def _with_how(packed: bytes, how: bytes) -> bytes:
    return b"".join((packed[:_HEAD], how, packed[_HEAD + len(how) :]))


def _text(parts: list[bytes]) -> str:
    return base64.b64encode(b"".join(parts)).decode()
