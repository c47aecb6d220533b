"""Conditions in definitions, in CEL (Common Expression Language, github.com/google/cel-spec)."""

import re
from functools import lru_cache
from typing import Any

LONGEST, LOOPS = 10_000, 2
"""Characters of an expression (the library's stack ends at some 30,000), and macros in each other: over a hundred
diagnoses each goes a hundred times as often as the one it stands in."""
_MACROS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\.(?:all|exists|exists_one|map|filter)\s*\(|[()]")
_SYNTAX = re.compile(r"<input>:\d+:(\d+): Syntax error: (.*)")


class BadRule(Exception):
    """The expression does not compile, names something unknown, or does not give true or false."""


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    if len(expression) > LONGEST or _loops(expression) > LOOPS:
        told = f"more than {LONGEST} characters, or more than {LOOPS} macros (`all`, `exists` …) in each other"
        raise BadRule(f"{expression[:40]!r}… is too much to be told for each event: it has {told}")
    import cel  # it imports its own command line: only who has conditions pays for it

    try:
        return cel.compile(expression)
    except Exception as error:  # the binding raises ValueError and its own panics alike
        where = _SYNTAX.search(str(error))
        told = f"at character {where[1]}: {where[2]}" if where else str(error).splitlines()[0]
        raise BadRule(f"{expression!r} is no CEL expression: {told}") from error


def _loops(expression: str) -> int:
    """How many macros stand in each other."""
    open_, most = list[bool](), 0
    for mark in _MACROS.findall(expression):
        if mark.endswith("(") and mark[0] in ".(":
            open_.append(mark[0] == ".")
            most = max(most, sum(open_))
        elif mark == ")" and open_:
            open_.pop()
    return most


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
    except KeyError as error:
        raise BadRule(f"{expression!r}: there is no field {error}, only {_fields(facts)}") from error
    except Exception as error:  # unknown names and type mistakes have several classes in the binding
        raise BadRule(f"{expression!r} cannot be told from {_fields(facts)}: {str(error).split('. ')[0]}") from error
    if not isinstance(result, bool):
        raise BadRule(f"{expression!r} gives {type(result).__name__}, not true or false")
    return result


def _fields(facts: dict[str, Any]) -> str:
    named = (f"{name}.{field}" for name, inner in facts.items() if isinstance(inner, dict) for field in inner)
    return ", ".join(named) or ", ".join(facts)
