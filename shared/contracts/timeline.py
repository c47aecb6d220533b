"""Which events of a service a person's timeline shows: each contract with such events ends with its `TIMELINE`."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import shared.contracts as contracts
from shared.contracts.base import Event


def _person(event: Any) -> str | None:
    return getattr(event, "person_id", None)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of `service` in a person's timeline, and the person each is about (None: nobody).

    `rank` orders events recorded at the same time: services that react to others have a higher rank.
    """

    service: str
    rank: int
    types: tuple[type[Event], ...]
    person: Callable[[Any], str | None] = _person


def timelines() -> dict[str, Timeline]:
    """The timelines of all contracts by service, ordered by rank."""
    modules = (import_module(f"{contracts.__name__}.{each.name}") for each in iter_modules(contracts.__path__))
    declared = [module.TIMELINE for module in modules if hasattr(module, "TIMELINE")]
    return {each.service: each for each in sorted(declared, key=lambda each: each.rank)}
