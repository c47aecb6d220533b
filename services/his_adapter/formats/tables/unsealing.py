"""Sealed files opened again for whoever must look at one, and forgotten."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from shared.sealing import KeyRing, Keys


class Unsealable(Exception):
    """A sealed file that does not open; the text says why."""


def key_of(path: Path) -> str:
    """The key that opens a sealed file. Raises `Unsealable`."""
    with path.open("rb") as file:
        try:
            return str(orjson.loads(file.readline(1000))["key"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Unsealable(f"{path.name} is no sealed file") from error


async def known_of(ring: KeyRing, path: Path) -> dict[str, Any]:
    """What is known of a sealed file: `name`, and what else was said of it. Raises `Unsealable`."""
    key = key_of(path)
    keys = await ring.load([key])
    return next(_boxes(keys, key, path), {})


async def unseal(ring: KeyRing, path: Path) -> Iterator[bytes]:
    """Its bytes, part by part. Raises `Unsealable`, in the end too where parts are missing."""
    key = key_of(path)
    keys = await ring.load([key])
    found = _boxes(keys, key, path)
    next(found)
    return found


def _boxes(keys: Keys, key: str, path: Path) -> Iterator[Any]:
    """What is known of the file, then its parts."""
    with path.open("rb") as file:
        file.readline()
        yield orjson.loads(_open(keys, key, "name", file.readline()))
        line, count = file.readline(), 0
        while following := file.readline():
            yield _open(keys, key, str(count), line)
            line, count = following, count + 1
        _open(keys, key, f"end {count}", line)


def _open(keys: Keys, key: str, place: str, line: bytes) -> bytes:
    try:
        clear = keys.open(key, line.decode(), f"{key} {place}")
    except ValueError as error:
        raise Unsealable("it was cut or altered") from error
    if clear is None:
        raise Unsealable("its key is destroyed: its term is over, or it was forgotten")
    return clear


async def forget(ring: KeyRing, path: Path) -> None:
    """Destroy a sealed file's key, then the file."""
    with suppress(Unsealable):
        await ring.destroy([key_of(path)])
    path.unlink(missing_ok=True)
