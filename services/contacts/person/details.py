"""Merge a person's details field by field: the newest value counts, by the source's time and not by arrival."""

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
    """The time of the newest message with each field. Packed: 8 bytes (µs since 1970) per `Details.FIELDS`, Base64."""

    def __init__(self, packed: str = "") -> None:
        self.ticks = _LAYOUT.unpack(b64decode(packed)) if packed else (_NEVER,) * len(_PLACES)

    @property
    def newest(self) -> datetime | None:
        """The newest time of all fields; None if there is none."""
        newest = max(self.ticks)
        return None if newest == _NEVER else _EPOCH + newest * _TICK

    def moved(self, fields: Iterable[str], at: datetime) -> str:
        """The packed clocks with `fields` set to `at`."""
        ticks, now = list(self.ticks), _ticks(at)
        for name in fields:
            if name in _PLACES:
                ticks[_PLACES[name]] = now
        return b64encode(_LAYOUT.pack(*ticks)).decode()


def _ticks(at: datetime) -> int:
    return (at - _EPOCH) // _TICK


def changes(
    current: Details, clocks: Clocks, reported: Details, stated_at: datetime
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Compare reported details of the time `stated_at` with the current ones.

    Returns the changes (field → value, None for a deletion) and the names of fields repeated with a newer time. Of two
    values with the same time the one processed later counts.
    """
    changes, restated, now = dict[str, Any](), list[str](), _ticks(stated_at)
    for name, last in zip(Details.FIELDS, clocks.ticks, strict=True):
        value = getattr(reported, name)
        if now < last or (value is None and name not in reported.cleared):
            continue
        if value != getattr(current, name) or (value is None and name not in current.cleared):
            changes[name] = value
        elif now > last:
            restated.append(name)
    return changes, tuple(restated)


def new_identifiers(current: Details, identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """The identifiers that `current` does not have."""
    keys = {identifier.key for identifier in current.identifiers}
    return tuple(identifier for identifier in identifiers if identifier.key not in keys)


def with_values(current: Details, values: Mapping[str, Any], identifiers: tuple[Identifier, ...]) -> Details:
    """The details with `values` set (None clears a field) and `identifiers` replaced."""
    merged = current.stated_fields() | dict(values)
    cleared = tuple(sorted(name for name, value in merged.items() if value is None))
    return Details(**{**merged, "identifiers": identifiers, "cleared": cleared})
