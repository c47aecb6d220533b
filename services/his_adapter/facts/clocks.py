"""What is remembered of each thing that facts are about: a packed clock, so that it grows with things, not messages.

A clock takes at most 48 bytes: the thing's name hashed (8), the time of the newest message about it (7), a byte of
sizes, where the thing stands (8; what is said of a visit 13), and which messages of that very time were heard (6 each).
Older messages need no trace, they are late. Of more than three at one very time a sketch is kept: none of them is told
twice, and the seventh is taken for heard once in two thousand times.

Clocks lie in buckets that split when they are full; a bucket is named by the first bits of the names in it.
"""

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from services.his_adapter.facts.things import Thing
from shared.contracts.base import Part, Personal

FULL = 1024
"""Bytes of a bucket before it splits."""
EXACT = 3
NAME, TIME, HOW, WIDE, MARK = 8, 7, 8, 13, 6
_HEAD = NAME + TIME + 1
_WIDE, _CROWDED = 8, 4
_SKETCH = EXACT * MARK * 8
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
Buckets = Mapping[str, bytes]


def name_of(patient_key: str, thing: Thing) -> bytes:
    """The name a thing of a patient is kept under."""
    return blake2b(str(thing).encode(), digest_size=NAME, key=patient_key.encode()[:64]).digest()


def mark_of(message_id: str, kind: str) -> bytes:
    """How a message that says one kind of fact is known again."""
    return blake2b(f"{message_id}/{kind}".encode(), digest_size=MARK).digest()


class Clock(NamedTuple):
    """Since when a thing stands where, and the messages of that very time: `crowded` where they are only sketched."""

    at: datetime
    how: bytes
    marks: bytes = b""
    crowded: bool = False

    def heard(self, mark: bytes) -> bool:
        """Whether a message of that very time was heard."""
        if self.crowded:
            sketch = int.from_bytes(self.marks)
            return _bits(mark) & sketch == _bits(mark)
        return mark in _each(self.marks)

    def hearing(self, mark: bytes) -> "Clock":
        """As it is after another message of that very time."""
        if self.heard(mark):
            return self
        if not self.crowded and len(self.marks) < EXACT * MARK:
            return self._replace(marks=self.marks + mark)
        sketch = int.from_bytes(self.marks) if self.crowded else _union(_each(self.marks))
        return self._replace(marks=(sketch | _bits(mark)).to_bytes(EXACT * MARK), crowded=True)


def _each(marks: bytes) -> list[bytes]:
    return [marks[at : at + MARK] for at in range(0, len(marks), MARK)]


def _union(marks: list[bytes]) -> int:
    whole = 0
    for mark in marks:
        whole |= _bits(mark)
    return whole


def _bits(mark: bytes) -> int:
    number, bits = int.from_bytes(mark), 0
    for at in range(0, MARK * 8, 12):
        bits |= 1 << (number >> at & 0xFFF) % _SKETCH
    return bits


def find(buckets: Buckets, name: bytes) -> Clock | None:
    """The clock of that name."""
    bucket = buckets.get(_leaf(buckets, name), b"")
    start, end = _span(bucket, name)
    return _clock(bucket[start:end]) if start < end else None


def put(buckets: Buckets, name: bytes, clock: Clock) -> Buckets:
    """The buckets with that clock in place of the one of its name."""
    leaf = _leaf(buckets, name)
    bucket = buckets.get(leaf, b"")
    start, end = _span(bucket, name)
    bucket = b"".join((bucket[:start], _packed(name, clock), bucket[end:]))
    if len(bucket) <= FULL:
        return {**buckets, leaf: bucket}
    each = list(_each_packed(bucket))
    halves = {leaf + bit: b"".join([one for one in each if _path(one)[len(leaf)] == bit]) for bit in "01"}
    return {at: kept for at, kept in buckets.items() if at != leaf} | halves


def _path(name: bytes) -> str:
    return f"{int.from_bytes(name[:NAME]):0{NAME * 8}b}"


def _leaf(buckets: Buckets, name: bytes) -> str:
    path = _path(name)
    return next((path[:depth] for depth in range(len(path)) if path[:depth] in buckets), "")


def _span(bucket: bytes, name: bytes) -> tuple[int, int]:
    """Where the clock of a name begins and ends; both the end of the bucket where there is none."""
    size = len(bucket)
    start = 0 if name in bucket else size
    while start < size:
        end = start + _size(bucket[start + _HEAD - 1])
        if bucket.startswith(name, start):
            return start, end
        start = end
    return size, size


def _size(head: int) -> int:
    return _HEAD + (WIDE if head & _WIDE else HOW) + (head & EXACT) * MARK


def _each_packed(bucket: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(bucket):
        end = start + _size(bucket[start + _HEAD - 1])
        yield bucket[start:end]
        start = end


def _packed(name: bytes, clock: Clock) -> bytes:
    head = len(clock.marks) // MARK | (_CROWDED if clock.crowded else 0) | (_WIDE if len(clock.how) == WIDE else 0)
    return b"".join((name, ((clock.at - _FIRST) // _TICK).to_bytes(TIME), bytes([head]), clock.how, clock.marks))


def _clock(packed: bytes) -> Clock:
    head = packed[_HEAD - 1]
    marks = _HEAD + (WIDE if head & _WIDE else HOW)
    at = _FIRST + int.from_bytes(packed[NAME : NAME + TIME]) * _TICK
    return Clock(at, packed[_HEAD:marks], packed[marks:], bool(head & _CROWDED))


class Bucket(Part):
    """A bucket in a checkpoint. Where things stand is sealed, as it may tell of a critical result."""

    clocks: str
    hows: Personal[str] = None


def stored(bucket: bytes) -> Bucket:
    """The bucket as a checkpoint holds it."""
    bare, hows = list[bytes](), list[bytes]()
    for packed in _each_packed(bucket):
        hows.append(_clock(packed).how)
        bare.append(_with(packed, bytes(len(hows[-1]))))
    return Bucket(clocks=_text(bare), hows=_text(hows))


def restored(kept: Bucket) -> bytes:
    """The bucket as it was stored."""
    whole, hows, at = list[bytes](), base64.b64decode(kept.hows or ""), 0
    for packed in _each_packed(base64.b64decode(kept.clocks)):
        how = hows[at : at + len(_clock(packed).how)]
        whole.append(_with(packed, how) if how else packed)
        at += len(how)
    return b"".join(whole)


def _with(packed: bytes, how: bytes) -> bytes:
    return b"".join((packed[:_HEAD], how, packed[_HEAD + len(how) :]))


def _text(parts: list[bytes]) -> str:
    return base64.b64encode(b"".join(parts)).decode()
