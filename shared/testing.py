"""The words tests are written in: given events, when a command, then events; the same for projections.

rules = Spec(DECIDER, definitions)
rules.given(CaseOpened(…)).when(ResolveCase(…)).then(CaseResolved(…))
shown = Shows(TASKS).given(TaskScheduled(…)); shown.document("task-1")["status"] == "waiting"
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from shared.bus.topics import topic_name
from shared.contracts.base import Command, Event
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.projector import Item, Projection
from shared.projector.folding import fold, touched

S = TypeVar("S")


class Spec(Generic[S]):
    """The rules of one decider under fixed definitions."""

    def __init__(self, decider: Decider[S], definitions: Definitions | None = None) -> None:
        self._decider, self._definitions = decider, definitions or Definitions()

    def given(self, *events: Event) -> "When[S]":
        """History, oldest first."""
        state = self._decider.initial()
        for event in events:
            state = self._decider.evolve(state, event)
        return When(self._decider, self._definitions, state)

    def when(self, command: Command) -> "Then":
        """A command on a blank history."""
        return self.given().when(command)


class When(Generic[S]):
    """A history, waiting for a command. `state` is where it led."""

    def __init__(self, decider: Decider[S], definitions: Definitions, state: S) -> None:
        self._decider, self._definitions, self.state = decider, definitions, state

    def when(self, command: Command) -> "Then":
        """Decide; the events must also be applicable."""
        decided = self._decider.decide(command, self.state, self._definitions)
        if not isinstance(decided, Rejection):
            for event in decided:
                self.state = self._decider.evolve(self.state, event)
        return Then(decided)


class Then:
    """What was decided."""

    def __init__(self, decided: "Sequence[Any] | Rejection") -> None:
        self._decided = decided

    @property
    def events(self) -> list[Any]:
        """The events. Fails on a rejection."""
        assert not isinstance(self._decided, Rejection), f"rejected: {self._decided}"
        return list(self._decided)

    def then(self, *events: Event) -> "Then":
        """Exactly these events."""
        assert self.events == list(events), f"got {self.events}"
        return self

    def then_only(self, *types: type[Event]) -> "Then":
        """Exactly events of these types, in this order."""
        assert [type(event) for event in self.events] == list(types), f"got {self.events}"
        return self

    def then_nothing(self) -> "Then":
        """A no-op."""
        return self.then()

    def one(self, kind: type[Any]) -> Any:
        """The only event of a type."""
        [found] = [event for event in self.events if isinstance(event, kind)]
        return found

    def rejected(self, slug: str) -> "Then":
        """A rejection with this slug."""
        assert isinstance(self._decided, Rejection), f"accepted: {self._decided}"
        assert self._decided.slug == slug, f"rejected as {self._decided.slug}"
        return self


def envelope(event: Event, sequence: int = 1, service: str = "", recorded: datetime | None = None) -> Envelope[Any]:
    """An event as it would be recorded; its id follows from its content."""
    id = derive(type(event).wire, event.key, sequence, event.at)
    at = recorded or datetime(2026, 3, 9, tzinfo=UTC)
    source = f"/careloop/{service or type(event).wire.split('.')[1]}"
    return Envelope(event, id, source, event.at, at, correlation_id=id, causation_id=id, sequence=sequence)


class Shows:
    """A projection's documents, built from events. `batches` splits them to show that batches do not matter."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self.documents: dict[str, Any] = {}
        self._sequences: dict[tuple[str, str], int] = {}

    def given(self, *events: Event, batch: int = 1000) -> "Shows":
        """Fold more events, in this order."""
        items = [self.item(event) for event in events]
        for start in range(0, len(items), batch):
            self.fold(items[start : start + batch])
        return self

    def item(self, event: Event) -> Item:
        """The next event of its aggregate as an item of its topic."""
        source = next(s for s in self._sources(event))
        line = (source, event.key)
        self._sequences[line] = self._sequences.get(line, 0) + 1
        made = envelope(event, self._sequences[line], source)
        raw = {"id": made.id, "type": type(event).wire, "data": event.model_dump(mode="json")}
        return Item(topic_name(source, self._projection.kinds[0]), 0, self._sequences[line], raw, None, made)

    def _sources(self, event: Event) -> list[str]:
        service = type(event).wire.split(".")[1]
        registry = f"{service}-registry"
        inside = event.key_field == "registry" and registry in self._projection.sources
        return [registry if inside else service]

    def fold(self, items: Sequence[Item]) -> "Shows":
        """Fold items as the runtime would."""
        found = {id: self.documents[id] for id in touched(self._projection, items) if id in self.documents}
        for id, document in fold(self._projection, items, found).items():
            if document is None:
                self.documents.pop(id, None)
            else:
                self.documents[id] = document
        return self

    def document(self, id: str) -> Any:
        """One document. Fails where there is none."""
        return self.documents[id]
