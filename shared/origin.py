"""The origin of a policy's command, by which a decider detects redeliveries."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

_NAMES = ("origin", "originoffset", "originindex")


class Origin(NamedTuple):
    """A command with the same origin again is a redelivery.

    `name`: the policy and the partition it consumed; `offset`: the record there; `number`: which of the commands for
    that record.
    """

    name: str
    offset: int
    number: int


def origin_of(raw: Mapping[str, Any]) -> Origin | None:
    """The origin among a command's attributes, or None. Raises ValueError if it is invalid."""
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
    """The origin in a command's record, even if the rest cannot be read."""
    try:
        raw = orjson.loads(value or b"")
        return origin_of(raw) if isinstance(raw, dict) else None
    except ValueError:
        return None


def without_origin(value: bytes) -> bytes:
    """A command's bytes without its origin, so that it is not skipped when it is sent again on purpose."""
    try:
        raw = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
    if not isinstance(raw, dict) or not raw.keys() & set(_NAMES):
        return value
    return orjson.dumps({name: part for name, part in raw.items() if name not in _NAMES})
