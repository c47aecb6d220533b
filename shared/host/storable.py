"""Refuses values that are valid JSON but cannot be stored: unpaired surrogates, NUL, huge numbers, deep nesting.

Python's JSON parser accepts them; encryption, MongoDB and other consumers do not. They are refused at the API, by
field.
"""

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

from fastapi import Request

from shared.problems import Problem

ValuePath = tuple[str | int, ...]
DEEPEST = 64
"""MongoDB allows a hundred levels, those around the body included."""
_LARGEST = 1 << 63


async def storable(request: Request) -> None:
    """A dependency: refuse such values anywhere in a request, naming the field."""
    parameters = dict((*request.path_params.items(), *request.query_params.multi_items()))
    body = vars(request).get("_json")  # as FastAPI has read it by now, where the route takes JSON
    for path, fault in chain(faults(parameters), faults(body)):
        field = ".".join(map(str, path)) or "body"
        raise Problem(422, "invalid-field", f"`{field}`: {fault}", errors=[{"field": field, "problem": fault}])


def faults(value: Any) -> Iterator[tuple[ValuePath, str]]:
    """The paths in a JSON value with something that cannot be stored, and what is wrong there."""
    waiting: list[tuple[ValuePath, Any]] = [((), value)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, dict | list) and len(path) >= DEEPEST:
            yield path, f"is nested deeper than {DEEPEST} levels"
        elif isinstance(part, dict):
            names = next((wrong for name in part if (wrong := _wrong_text(name))), "")
            if names:
                yield path, f"a name in it {names}"
            else:
                waiting.extend(((*path, name), inner) for name, inner in part.items())
        elif isinstance(part, list):
            waiting.extend(((*path, at), inner) for at, inner in enumerate(part))
        elif wrong := _wrong_text(part) if isinstance(part, str) else _wrong_number(part):
            yield path, wrong


def _wrong_text(text: str) -> str:
    if "\0" in text:
        return "has a NUL character (U+0000)"
    return "" if text.isascii() or _whole(text) else "is cut inside a character (an unpaired surrogate)"


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _wrong_number(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "must be a finite number"
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        return "must be an integer of at most 64 bits"
    return ""
