"""Conditions in definitions, in CEL (Common Expression Language, github.com/google/cel-spec)."""

from functools import lru_cache
from typing import Any

import cel


class BadRule(Exception):
    """The expression does not compile, names something unknown, or does not give true or false."""


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    try:
        return cel.compile(expression)
    except Exception as error:  # the binding raises ValueError and its own panics alike
        raise BadRule(f"{expression!r} is no CEL expression: {error}") from error


def check(expression: str) -> str:
    """The expression itself if it compiles; a validator for definition models (raises ValueError)."""
    try:
        _compiled(expression)
    except BadRule as error:
        raise ValueError(str(error)) from error
    return expression


def told_from(expression: str, example: dict[str, Any]) -> str:
    """The expression if it gives true or false for such facts; a validator for definitions (raises ValueError)."""
    try:
        holds(expression, example)
    except BadRule as error:
        raise ValueError(str(error)) from error
    return expression


def holds(expression: str, facts: dict[str, Any]) -> bool:
    """Whether the condition is true of `facts`. Raises `BadRule` where it cannot be told."""
    try:
        result = _compiled(expression).execute(facts)
    except BadRule:
        raise
    except Exception as error:  # unknown names and type mistakes have several classes in the binding
        raise BadRule(f"{expression!r} cannot be told from {sorted(facts)}: {error}") from error
    if not isinstance(result, bool):
        raise BadRule(f"{expression!r} gives {type(result).__name__}, not true or false")
    return result
