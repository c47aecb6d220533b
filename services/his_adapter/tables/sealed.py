"""Files that were read, sealed: each under a key of its own, since it holds many people; the key goes with its term.

The first line names the key, each other is a box: first what is known of the file (its name may hold a person's),
then its bytes part by part. Every box knows its place, and the last one that it is the last.
"""

import asyncio
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

import orjson

from services.his_adapter.tables.places import free, ours
from shared.durable import create, put
from shared.ids import identifier_key
from shared.sealing import KeyRing, Keys, LostKey

SUFFIX, ERRORS, PART = ".sealed", ".errors.csv", ".part"
CHUNK = 1 << 20


def digest_of(site_key: bytes, name: str) -> str:
    """What stands for a file's name wherever others may read it."""
    return identifier_key(site_key, "dropped-file", name)[:12]


async def seal(ring: KeyRing, site_key: bytes, file: BinaryIO, name: str, place: Path, **known: Any) -> Path:
    """Write a file sealed into `place` and return where; durable then. `known` is kept with it, sealed as well."""
    key = f"dropped-file-{uuid4()}"
    keys = await ring.load([key], create=True)
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
