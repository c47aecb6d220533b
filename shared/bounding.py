"""Enforces the bounds of contracts: `within` for data from outside clients, `cut` for the output of translators.

A translator cuts text for people; identifiers, and lists of them, that are too long are refused as a whole.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from shared.contracts.base import changed
from shared.contracts.bounds import MANY, MAX_CODE_CHARACTERS, Free

P = TypeVar("P", bound=BaseModel)


class TooLong(ValueError):
    """A field is too long; the text names the field and the bound, never the value."""


def within(model: P) -> P:
    """The model if everything is within bounds. Raises `TooLong`."""
    return _model(model, "", None)


def cut(model: P) -> tuple[P, tuple[str, ...]]:
    """The model with texts for people cut to their bounds, and the paths of the cut fields. Raises `TooLong`."""
    places = list[str]()
    return _model(model, "", places), tuple(places)


def _model(model: P, at: str, cuts: list[str] | None) -> P:
    shorter = dict[str, Any]()
    for name, free in _fields(type(model)):
        value = getattr(model, name)
        after = _value(value, f"{at}.{name}" if at else name, free, cuts)
        if after is not value:
            shorter[name] = after
    return changed(model, **shorter) if shorter else model


def _value(value: Any, at: str, free: Free | None, cuts: list[str] | None) -> Any:
    """The value, or a copy with cut parts; the same object if nothing was cut."""
    if isinstance(value, BaseModel):
        return _model(value, at, cuts)
    if isinstance(value, str):
        limit = free.limit if free else MAX_CODE_CHARACTERS
        return value if len(value) <= limit else f"{_short(value, at, limit - 1, limit, free, cuts)}…"
    if isinstance(value, Mapping) and len(value) <= MANY:
        after = {_value(key, at, None, cuts): _value(part, f"{at}.{key}", free, cuts) for key, part in value.items()}
        return after if any(after[key] is not part for key, part in value.items()) else value
    if isinstance(value, tuple | list | Mapping):
        whole = value if len(value) <= MANY else _short(value, at, MANY, MANY, free, cuts)
        items = [_value(part, f"{at}.{number}", free, cuts) for number, part in enumerate(whole)]
        return tuple(items) if any(a is not b for a, b in zip(items, whole, strict=True)) else whole
    return value


def _short(value: Any, at: str, kept: int, limit: int, free: Free | None, cuts: list[str] | None) -> Any:
    if cuts is None or free is None or isinstance(value, Mapping):
        raise TooLong(f"`{at}` has more than {limit} {'characters' if isinstance(value, str) else 'items'}")
    cuts.append(at)
    return value[:kept]


@cache
def _fields(model: type[BaseModel]) -> list[tuple[str, Free | None]]:
    """Each field with its `Free` mark, if it has one."""
    fields = model.model_fields.items()
    return [(name, next(_marks((field.annotation, *field.metadata)), None)) for name, field in fields]


def _marks(annotations: tuple[Any, ...]) -> Iterator[Free]:
    for each in annotations:
        yield from [each] if isinstance(each, Free) else _marks(get_args(each))
