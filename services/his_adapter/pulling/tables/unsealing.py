"""Decrypt encrypted files of the drop folder for an operator, and delete them with their data keys."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from shared.sealing import KeyRing, LoadedKeys


class Unsealable(Exception):
    """An encrypted file cannot be decrypted; the text says why."""


def key_of(path: Path) -> str:
    """Return the name of an encrypted file's data key. Raises `Unsealable`."""
    with path.open("rb") as file:
        try:
            return str(orjson.loads(file.readline(1000))["key"])
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise Unsealable(f"{path.name} is no sealed file") from error


async def known_of(ring: KeyRing, path: Path) -> dict[str, Any]:
    """Return the details of an encrypted file: its original `name` and others. Raises `Unsealable`."""
    key = key_of(path)
    keys = await ring.load([key])
    return next(_decrypted(keys, key, path), {})


async def unseal(ring: KeyRing, path: Path) -> Iterator[bytes]:
    """Return the content of an encrypted file in parts. Raises `Unsealable`, at the end if parts are missing."""
    key = key_of(path)
    keys = await ring.load([key])
    parts = _decrypted(keys, key, path)
    next(parts)  # the details
    return parts


def _decrypted(keys: LoadedKeys, key: str, path: Path) -> Iterator[Any]:
    """Yield the details of the file, then its parts."""
    with path.open("rb") as file:
        file.readline()
        yield orjson.loads(_open(keys, key, "name", file.readline()))
        line, count = file.readline(), 0
        while following := file.readline():
            yield _open(keys, key, str(count), line)
            line, count = following, count + 1
        _open(keys, key, f"end {count}", line)


def _open(keys: LoadedKeys, key: str, place: str, line: bytes) -> bytes:
    try:
        plaintext = keys.open(key, line.decode(), f"{key} {place}")
    except ValueError as error:
        raise Unsealable("it was cut or altered") from error
    if plaintext is None:
        raise Unsealable("its key is destroyed: its term is over, or it was forgotten")
    return plaintext


async def forget(ring: KeyRing, path: Path) -> None:
    """Destroy the data key of an encrypted file, then delete the file."""
    with suppress(Unsealable):
        await ring.destroy([key_of(path)])
    path.unlink(missing_ok=True)
