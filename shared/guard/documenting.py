"""Declarations of a dependency for the description of its routes: problems, headers."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from fastapi.dependencies.models import Dependant

F = TypeVar("F", bound=Callable[..., Any])


def documents(*problems: str, headers: dict[str, str] | None = None) -> Callable[[F], F]:
    """Declare a dependency's problem slugs, and the optional headers that it reads with their descriptions."""

    def mark(dependency: F) -> F:
        vars(dependency).update(problems=problems, headers=headers or {})
        return dependency

    return mark


def documented_problems(dependant: Dependant) -> Iterator[str]:
    """The problems of a route's dependencies, authentication included."""
    for inner in dependant.dependencies:
        yield from getattr(inner.call, "problems", ())
        yield from documented_problems(inner)


def documented_headers(dependant: Dependant) -> dict[str, str]:
    """The headers of a route's dependencies."""
    headers: dict[str, str] = {}
    for inner in dependant.dependencies:
        headers |= {**getattr(inner.call, "headers", {}), **documented_headers(inner)}
    return headers
