"""Conditions of definitions, in CEL (Common Expression Language, github.com/google/cel-spec)."""

import re
from functools import lru_cache
from typing import Any

MAX_EXPRESSION_CHARACTERS, MAX_NESTED_MACROS = 10_000, 2
"""Maximum length of an expression, and maximum nesting of macros.

The library's stack ends at about 30,000 characters; over a hundred diagnoses each level of macros multiplies the cost
by a hundred.
"""
_MACROS = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\.(?:all|exists|exists_one|map|filter)\s*\(|[()]")
_SYNTAX = re.compile(r"<input>:\d+:(\d+): Syntax error: (.*)")


class BadRule(Exception):
    """The expression does not compile, uses an unknown name, or does not give true or false."""


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    if len(expression) > MAX_EXPRESSION_CHARACTERS or _loops(expression) > MAX_NESTED_MACROS:
        macros = f"more than {MAX_NESTED_MACROS} macros (`all`, `exists` …) in each other"
        reason = f"more than {MAX_EXPRESSION_CHARACTERS} characters, or {macros}"
        raise BadRule(f"{expression[:40]!r}… is too much to be told for each event: it has {reason}")
    import cel  # a slow import, only needed with conditions

    try:
        return cel.compile(expression)
    except Exception as error:  # the binding raises ValueError and its own panics alike
        where = _SYNTAX.search(str(error))
        reason = f"at character {where[1]}: {where[2]}" if where else str(error).splitlines()[0]
        raise BadRule(f"{expression!r} is no CEL expression: {reason}") from error


def _loops(expression: str) -> int:
    """The nesting depth of macros."""
    open_, most = list[bool](), 0
    for piece in _MACROS.findall(expression):
        if piece.endswith("(") and piece[0] in ".(":
            open_.append(piece[0] == ".")
            most = max(most, sum(open_))
        elif piece == ")" and open_:
            open_.pop()
    return most


def check(expression: str) -> str:
    """The expression if it compiles; a validator of definitions (raises ValueError)."""
    try:
        _compiled(expression)
    except BadRule as error:
        raise ValueError(str(error)) from error
    return expression


def decided_by(expression: str, example: dict[str, Any]) -> str:
    """The expression if it gives true or false for such facts; a validator of definitions (raises ValueError)."""
    try:
        holds(expression, example)
    except BadRule as error:
        raise ValueError(str(error)) from error
    return expression


def holds(expression: str, facts: dict[str, Any]) -> bool:
    """Whether the condition is true for `facts`. Raises `BadRule` if it cannot be evaluated."""
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
