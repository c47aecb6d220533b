"""The persons that one request was shown or refused, and what else it was shown."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fastapi import Request

from shared.contracts.audit import MAX_PERSONS


@dataclass(slots=True)
class Seen:
    """In the order in which they were met, each once. Resources as in `PersonsAccessed`."""

    _persons: dict[str, None] = field(default_factory=dict)
    _resources: dict[str, None] = field(default_factory=dict)

    def add(self, persons: Iterable[str]) -> None:
        """These records were read for the answer."""
        self._persons.update(dict.fromkeys(persons))

    def add_resources(self, resources: Iterable[str]) -> None:
        """These were shown, and it is not known whom all of them are about."""
        self._resources.update(dict.fromkeys(resources))

    def __bool__(self) -> bool:
        return bool(self._persons or self._resources)

    @property
    def persons(self) -> tuple[str, ...]:
        """At most as many as an event holds."""
        return tuple(self._persons)[:MAX_PERSONS]

    @property
    def resources(self) -> tuple[str, ...]:
        """At most as many as an event holds."""
        return tuple(self._resources)[:MAX_PERSONS]

    @property
    def more(self) -> int:
        """How many there are beyond those."""
        return max(0, len(self._persons) - MAX_PERSONS)


def seen(request: Request) -> Seen:
    """The persons of this request; readers add to it."""
    if not hasattr(request.state, "seen"):
        request.state.seen = Seen()
    collected: Seen = request.state.seen
    return collected
