"""How long a text or list from outside may be, in one place.

Bounds hold where a message is made or taken in: `Code`, `Line`, `Text` and `Article` in the models of requests,
`within` for contracts that outside clients write, `cut` where a translator makes a message. Our own log is read
without them.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, StringConstraints

CODE, LINE, TEXT, ARTICLE, MANY = 200, 500, 2000, 20_000, 100
"""Characters of what names something, of a line, of a text, of what somebody wrote at length; items of a list."""
Code = Annotated[str, StringConstraints(max_length=CODE)]
Line = Annotated[str, StringConstraints(max_length=LINE)]
Text = Annotated[str, StringConstraints(max_length=TEXT)]
Article = Annotated[str, StringConstraints(max_length=ARTICLE)]
P = TypeVar("P", bound=BaseModel)


class _Free:
    """Marks what people read and nothing goes by: too long, a translator cuts it. A list of so many items alike."""

    def __init__(self, limit: int) -> None:
        self.limit = limit


FreeLine = Annotated[str, _Free(LINE)]
FreeText = Annotated[str, _Free(TEXT)]
FreeArticle = Annotated[str, _Free(ARTICLE)]
MANY_FREE = _Free(MANY)
"""Annotates a list that a translator may cut."""


class TooLong(ValueError):
    """A field is longer than it may be; the text names it and the bound, never the value."""

    def __init__(self, place: str, limit: int, what: str) -> None:
        super().__init__(f"`{place}` has more than {limit} {what}")


def within(model: P) -> P:
    """The model, of which everything is within bounds. Raises `TooLong`."""
    _Walk(cutting=False).model(model, "")
    return model


def cut(model: P) -> tuple[P, tuple[str, ...]]:
    """The model with its free texts cut to their bounds, and which they are. Raises `TooLong` for all else."""
    walk = _Walk(cutting=True)
    return walk.model(model, ""), tuple(walk.places)


class _Walk:
    """Goes through everything a model holds."""

    def __init__(self, cutting: bool) -> None:
        self._cutting, self.places = cutting, list[str]()

    def model(self, model: P, at: str) -> P:
        """The model, or a copy with what was cut."""
        changed = dict[str, Any]()
        for name, free in _fields(type(model)):
            value = getattr(model, name)
            after = self._value(value, f"{at}.{name}" if at else name, free)
            if after is not value:
                changed[name] = after
        return model.model_copy(update=changed) if changed else model

    def _value(self, value: Any, at: str, free: _Free | None) -> Any:
        if isinstance(value, str):
            limit = free.limit if free else CODE
            return value if len(value) <= limit else f"{self._shortened(value, at, limit, 'characters', free)}…"
        if isinstance(value, BaseModel):
            return self.model(value, at)
        if isinstance(value, Mapping):
            self._counted(value, at)
            after = {
                self._value(key, at, None): self._value(inner, f"{at}.{key}", free) for key, inner in value.items()
            }
            return after if any(after[key] is not inner for key, inner in value.items()) else value
        if isinstance(value, tuple | list):
            if len(value) > MANY:
                value = self._shortened(value, at, MANY, "items", free)
            items = [self._value(inner, f"{at}.{number}", free) for number, inner in enumerate(value)]
            return type(value)(items) if any(a is not b for a, b in zip(items, value, strict=True)) else value
        return value

    def _counted(self, value: Mapping[Any, Any], at: str) -> None:
        if len(value) > MANY:
            raise TooLong(at, MANY, "entries")

    def _shortened(self, value: Any, at: str, limit: int, what: str, free: _Free | None) -> Any:
        if not (self._cutting and free):
            raise TooLong(at, limit, what)
        self.places.append(at)
        return value[: limit - 1] if isinstance(value, str) else value[:limit]


@cache
def _fields(model: type[BaseModel]) -> list[tuple[str, _Free | None]]:
    """Each field with its mark, where it has one."""
    fields = model.model_fields.items()
    return [(name, next(_marks((field.annotation, *field.metadata)), None)) for name, field in fields]


def _marks(annotations: tuple[Any, ...]) -> Iterator[_Free]:
    for each in annotations:
        if isinstance(each, _Free):
            yield each
        else:
            yield from _marks(get_args(each))
