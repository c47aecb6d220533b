"""Encrypt files that were read, each with a data key of its own, since a file is about many patients.

The data key is tied to every patient of the file and destroyed when the first of them is erased (the rows are on Kafka
already), else when its retention ends.

The first line of an encrypted file names the key; each further line is a ciphertext: first the details of the file (its
name may contain a patient's), then its content in parts. Each ciphertext is authenticated with its position, the last
one as the last, so that parts cannot be reordered or removed.
"""

import asyncio
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import orjson

from services.his_adapter.pulling.tables.places import free, ours
from shared.durable import create, put
from shared.ids import identifier_key
from shared.keystore import Term, Tie
from shared.sealing import KeyRing, LoadedKeys, LostKey

KIND = "dropped-file"
SUFFIX, ERRORS, PART = ".sealed", ".errors.csv", ".part"
CHUNK = 1 << 20


def digest_of(site_key: bytes, name: str) -> str:
    """Return a digest of a file name, used instead of it in names and messages that others may read."""
    return identifier_key(site_key, "dropped-file", name)[:12]


class ErasedMeanwhile(Exception):
    """A patient of a file was erased while it was read, so its data key is destroyed and the file is not encrypted."""


def new_key() -> str:
    """Return the name of a new data key for one file."""
    return f"dropped-file-{uuid4()}"


async def tie(ring: KeyRing, key: str, patients: Collection[str], now: datetime) -> None:
    """Tie a file's data key to patients, before their rows are stored: erasing one of them destroys the key."""
    current = await ring.current(patients, dict.fromkeys(patients, now))
    await ring.tie([Tie(current.of(patient), key) for patient in patients])


async def seal(
    ring: KeyRing, site_key: bytes, file: BinaryIO, name: str, place: Path, key: str, until: datetime, **details: Any
) -> Path:
    """Write a file encrypted into the folder `place`; return its path once it is durable.

    `details` are encrypted with it. The data key is kept `until` then at most. Raises `ErasedMeanwhile`.
    """
    await ring.tie([], [Term(key, KIND, int(until.timestamp()))])
    keys = await ring.load([key], create=True)
    if not keys.knows(key):
        raise ErasedMeanwhile
    all_details = {"name": name, **details}
    return await asyncio.to_thread(_write, keys, key, file, all_details, place, digest_of(site_key, name))


def _write(keys: LoadedKeys, key: str, file: BinaryIO, details: dict[str, Any], place: Path, digest: str) -> Path:
    part, count = ours(place.parent, place.name) / f"{key}{PART}", 0
    with create(part) as out:
        out.write(orjson.dumps({"careloop": "sealed file", "key": key}) + b"\n")
        out.write(_encrypted(keys, key, "name", orjson.dumps(details)))
        file.seek(0)
        while chunk := file.read(CHUNK):
            out.write(_encrypted(keys, key, str(count), chunk))
            count += 1
        out.write(_encrypted(keys, key, f"end {count}", b""))
        target = free(place / f"{digest}{SUFFIX}")
        put(out, part, target)
    return target


def _encrypted(keys: LoadedKeys, key: str, place: str, clear: bytes) -> bytes:
    ciphertext = keys.seal(key, clear, f"{key} {place}")
    if ciphertext is None:
        raise LostKey(key)
    return ciphertext.encode() + b"\n"
