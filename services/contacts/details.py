"""Who somebody is, field by field: of each field the newest word counts, by when it was said and not when it came."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from struct import pack, unpack
from typing import Any

from shared.contracts.facts import Details, Identifier

_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_NEVER = -(2**63)


class Clocks:
    """When each field was said last. Packed: 8 bytes a field, in the order of `Details.FIELDS`, as Base64."""

    def __init__(self, packed: str) -> None:
        octets = b64decode(packed)
        ticks = unpack(f">{len(octets) // 8}q", octets)
        self._at = {name: tick for name, tick in zip(Details.FIELDS, ticks, strict=False) if tick != _NEVER}

    def of(self, field: str) -> datetime | None:
        """When a field was said last, if ever."""
        return _EPOCH + self._at[field] * _TICK if field in self._at else None

    @property
    def newest(self) -> datetime | None:
        """When any field was said last."""
        return _EPOCH + max(self._at.values()) * _TICK if self._at else None

    def moved(self, fields: Iterable[str], at: datetime) -> str:
        """Packed, after these fields were said at a time."""
        said = self._at | dict.fromkeys(fields, (at - _EPOCH) // _TICK)
        ticks = [said.get(name, _NEVER) for name in Details.FIELDS]
        return b64encode(pack(f">{len(ticks)}q", *ticks)).decode()


def news(known: Details, clocks: Clocks, told: Details, said: datetime) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a message changes (field → value, None where it deletes), and which fields it says again later than known.

    Of two words of one instant the one that comes later counts.
    """
    before, changes, restated = known.said(), dict[str, Any](), list[str]()
    for name, word in told.said().items():
        at = clocks.of(name)
        if at is not None and said < at:
            continue
        if name not in before or before[name] != word:
            changes[name] = word
        elif at is None or said > at:
            restated.append(name)
    return changes, tuple(restated)


def unknown(known: Details, told: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """The identifiers that are new."""
    keys = {each.key for each in known.identifiers}
    return tuple(each for each in told if each.key not in keys)


def changed(known: Details, words: Mapping[str, Any], identifiers: tuple[Identifier, ...]) -> Details:
    """The details after some fields were said anew."""
    said = known.said() | dict(words)
    cleared = tuple(sorted(name for name, word in said.items() if word is None))
    return Details(**{**said, "identifiers": identifiers, "cleared": cleared})
