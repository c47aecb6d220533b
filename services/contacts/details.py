"""Who somebody is, field by field: of each field the newest word counts, by when it was said and not when it came."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any

from shared.contracts.facts import Details, Identifier

_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_NEVER = -(2**63)
_PLACES = {name: place for place, name in enumerate(Details.FIELDS)}
_LAYOUT = Struct(f">{len(_PLACES)}q")


class Clocks:
    """When each field was said last, in microseconds. Packed: 8 bytes for each of `Details.FIELDS`, as Base64."""

    def __init__(self, packed: str = "") -> None:
        self.ticks = _LAYOUT.unpack(b64decode(packed)) if packed else (_NEVER,) * len(_PLACES)

    @property
    def newest(self) -> datetime | None:
        """When any field was said last."""
        newest = max(self.ticks)
        return None if newest == _NEVER else _EPOCH + newest * _TICK

    def moved(self, fields: Iterable[str], at: datetime) -> str:
        """Packed, after these fields were said at a time."""
        ticks, now = list(self.ticks), _ticks(at)
        for name in fields:
            if name in _PLACES:
                ticks[_PLACES[name]] = now
        return b64encode(_LAYOUT.pack(*ticks)).decode()


def _ticks(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


def news(known: Details, clocks: Clocks, told: Details, said: datetime) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a message changes (field → value, None where it deletes), and which fields it says again later than known.

    Of two words of one instant the one that comes later counts.
    """
    changes, restated, now = dict[str, Any](), list[str](), _ticks(said)
    for name, last in zip(Details.FIELDS, clocks.ticks, strict=True):
        word = getattr(told, name)
        if now < last or (word is None and name not in told.cleared):
            continue
        if word != getattr(known, name) or (word is None and name not in known.cleared):
            changes[name] = word
        elif now > last:
            restated.append(name)
    return changes, tuple(restated)


def unknown(known: Details, told: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """The identifiers that are new."""
    keys = {each.key for each in known.identifiers}
    return tuple(each for each in told if each.key not in keys)


def said_anew(known: Details, words: Mapping[str, Any], identifiers: tuple[Identifier, ...]) -> Details:
    """The details after some fields were said anew."""
    said = known.said() | dict(words)
    cleared = tuple(sorted(name for name, word in said.items() if word is None))
    return Details(**{**said, "identifiers": identifiers, "cleared": cleared})
