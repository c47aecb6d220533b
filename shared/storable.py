"""What is well-formed and still cannot be kept: half an emoji, NUL, numbers without bounds, nesting without end.

Python reads all of it in JSON; sealing, MongoDB and the next reader do not. So it is refused at the edge, by field.
"""

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

from fastapi import Request

from shared.problems import Problem

Path = tuple[str | int, ...]
DEEPEST = 64
"""MongoDB takes a hundred levels, our own around the body included."""
_LARGEST = 1 << 63


async def storable(request: Request) -> None:
    """A dependency: such values are refused wherever in the request they stand, named by their field."""
    named = dict((*request.path_params.items(), *request.query_params.multi_items()))
    body = vars(request).get("_json")  # as FastAPI has read it by now, where the route takes JSON
    for path, what in chain(faults(named), faults(body)):
        field = ".".join(map(str, path)) or "body"
        raise Problem(422, "invalid-field", f"`{field}`: {what}", errors=[{"field": field, "problem": what}])


def faults(value: Any) -> Iterator[tuple[Path, str]]:
    """Where in a JSON value something stands that cannot be kept, and what is wrong with it."""
    waiting: list[tuple[Path, Any]] = [((), value)]
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
