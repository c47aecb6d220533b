"""How deep JSON is nested: readers and writers give up at some depth, each at its own."""

from collections.abc import Iterable
from typing import Any


def too_deep(value: Any, most: int) -> bool:
    """Whether lists and objects stand in each other more than `most` deep."""
    level: list[Any] = [value]
    for _ in range(most + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    """What may hold more."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (each for each in parts if isinstance(each, dict | list))
