"""Files that were read, sealed: each under a key of its own, since it holds many people.

The key is tied to every patient whose rows were seen, so that it goes with the first who is erased; nothing is lost by
that, since what was read is on Kafka. Else it goes with its term.

The first line names the key, each other is a box: first what is known of the file (its name may hold a person's),
then its bytes part by part. Every box knows its place, and the last one that it is the last.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import orjson

from services.his_adapter.formats.tables.places import free, ours
from shared.durable import create, put
from shared.ids import identifier_key
from shared.keystore import Term, Tie
from shared.sealing import KeyRing, Keys, LostKey

KIND = "dropped-file"
SUFFIX, ERRORS, PART = ".sealed", ".errors.csv", ".part"
CHUNK = 1 << 20


def digest_of(site_key: bytes, name: str) -> str:
    """What stands for a file's name wherever others may read it."""
    return identifier_key(site_key, "dropped-file", name)[:12]


class ErasedMeanwhile(Exception):
    """A patient of a file was erased while it was read: what is sealed for nobody was not taken."""


def new_key() -> str:
    """The name of a key for one file."""
    return f"dropped-file-{uuid4()}"


async def tie(ring: KeyRing, key: str, patients: Collection[str], now: datetime) -> None:
    """Before their rows are kept: the erasure of any of these takes the file along."""
    lives = await ring.living(patients, dict.fromkeys(patients, now))
    await ring.tie([Tie(lives.of(patient), key) for patient in patients])


async def seal(
    ring: KeyRing, site_key: bytes, file: BinaryIO, name: str, place: Path, key: str, until: datetime, **known: Any
) -> Path:
    """Write a file sealed into `place` and return where; durable then. `known` is kept with it, sealed as well.

    With nobody tied to its key it is kept `until` then, and counted as nobody's. Raises `ErasedMeanwhile`.
    """
    await ring.tie([], [Term(key, KIND, int(until.timestamp()))])
    keys = await ring.load([key], create=True)
    if not keys.knows(key):
        raise ErasedMeanwhile
    told = {"name": name, **known}
    return await asyncio.to_thread(_write, keys, key, file, told, place, digest_of(site_key, name))


def _write(keys: Keys, key: str, file: BinaryIO, known: dict[str, Any], place: Path, digest: str) -> Path:
    part, count = ours(place.parent, place.name) / f"{key}{PART}", 0
    with create(part) as out:
        out.write(orjson.dumps({"careloop": "sealed file", "key": key}) + b"\n")
        out.write(_box(keys, key, "name", orjson.dumps(known)))
        file.seek(0)
        while chunk := file.read(CHUNK):
            out.write(_box(keys, key, str(count), chunk))
            count += 1
        out.write(_box(keys, key, f"end {count}", b""))
        target = free(place / f"{digest}{SUFFIX}")
        put(out, part, target)
    return target


def _box(keys: Keys, key: str, place: str, clear: bytes) -> bytes:
    box = keys.seal(key, clear, f"{key} {place}")
    if box is None:
        raise LostKey(key)
    return box.encode() + b"\n"
