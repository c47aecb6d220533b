"""The nesting depth of JSON, which parsers and writers limit differently."""

from collections.abc import Iterable
from typing import Any


def too_deep(value: Any, most: int) -> bool:
    """Whether lists and objects are nested more than `most` levels."""
    level: list[Any] = [value]
    for _ in range(most + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    """The lists and objects directly in a value."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (each for each in parts if isinstance(each, dict | list))
