"""The place a policy's command came from: how a decider tells what is sent again from what is meant again."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

_NAMES = ("origin", "originoffset", "originindex")


class Origin(NamedTuple):
    """The same place again is a redelivery, not a second wish.

    `name` is the policy and the partition it read, `offset` the record there, `number` counts the commands that
    the policy made of it.
    """

    name: str
    offset: int
    number: int


def origin_of(raw: Mapping[str, Any]) -> Origin | None:
    """The origin among a command's attributes, if it has one. Raises ValueError where it makes no sense."""
    if "origin" not in raw:
        return None
    try:
        return Origin(str(raw["origin"]), int(raw["originoffset"]), int(raw["originindex"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("`origin` needs `originoffset` and `originindex`, both integers") from error


def origin_attributes(origin: Origin) -> dict[str, Any]:
    """An origin as CloudEvents attributes."""
    return dict(zip(_NAMES, origin, strict=True))


def origin_in(value: bytes | None) -> Origin | None:
    """The origin in a command's record, whatever else of it cannot be read."""
    try:
        raw = orjson.loads(value or b"")
        return origin_of(raw) if isinstance(raw, dict) else None
    except ValueError:
        return None


def without_origin(value: bytes) -> bytes:
    """A command's bytes without its origin: whoever sends it again on purpose does not want it skipped."""
    try:
        raw = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
    if not isinstance(raw, dict) or not raw.keys() & set(_NAMES):
        return value
    return orjson.dumps({name: part for name, part in raw.items() if name not in _NAMES})
