"""The language of tests: given events, when a command, then events; the same for policies and projections.

rules = Spec(DECIDER, definitions)
rules.given(CaseOpened(…)).when(ResolveCase(…)).then(CaseResolved(…))
reacts = Reacts(POLICIES); reacts.to(SurveyAnswered(…)).then(OpenCase(…))
shown = Shows(TASKS).given(TaskScheduled(…)); shown.document("task-1")["status"] == "waiting"
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Generic, TypeVar

from shared.bus.topics import topic_name
from shared.contracts.base import Command, Event, Payload
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.ids import derive
from shared.policy import Policy, RecordPlace, reactions
from shared.projector import Item, Projection
from shared.projector.folding import by_document, fold

S = TypeVar("S")


class Spec(Generic[S]):
    """The rules of one decider with fixed definitions."""

    def __init__(self, decider: Decider[S], definitions: Definitions | None = None) -> None:
        self._decider, self._definitions = decider, definitions or Definitions()

    def given(self, *events: Event) -> "When[S]":
        """The history, oldest event first."""
        state = self._decider.initial()
        for event in events:
            state = self._decider.evolve(state, event)
        return When(self._decider, self._definitions, state)

    def when(self, command: Command) -> "Then":
        """A command on an empty history."""
        return self.given().when(command)


class When(Generic[S]):
    """A history; `state` is its result."""

    def __init__(self, decider: Decider[S], definitions: Definitions, state: S) -> None:
        self._decider, self._definitions, self.state = decider, definitions, state

    def when(self, command: Command) -> "Then":
        """Decide a command, and apply its events."""
        decided = self._decider.decide(command, self.state, self._definitions)
        if not isinstance(decided, Rejection):
            for event in decided:
                self.state = self._decider.evolve(self.state, event)
        return Then(decided)


class Then:
    """The result of a decision or of policies."""

    def __init__(self, decided: "Sequence[Any] | Rejection") -> None:
        self._decided = decided

    @property
    def events(self) -> list[Any]:
        """The events. Fails on a rejection."""
        assert not isinstance(self._decided, Rejection), f"rejected: {self._decided}"
        return list(self._decided)

    @property
    def commands(self) -> list[Any]:
        """The commands of policies. Fails on a refusal."""
        return self.events

    def then(self, *events: Payload) -> "Then":
        """Expect exactly these events or commands."""
        assert self.events == list(events), f"got {self.events}"
        return self

    def then_only(self, *types: type[Payload]) -> "Then":
        """Expect exactly events or commands of these types, in this order."""
        assert [type(event) for event in self.events] == list(types), f"got {self.events}"
        return self

    def then_nothing(self) -> "Then":
        """Expect no events."""
        return self.then()

    def one(self, kind: type[Any]) -> Any:
        """The only event of a type."""
        [only] = [event for event in self.events if isinstance(event, kind)]
        return only

    def rejected(self, slug: str) -> "Then":
        """Expect a rejection with this slug."""
        assert isinstance(self._decided, Rejection), f"accepted: {self._decided}"
        assert self._decided.slug == slug, f"rejected as {self._decided.slug}"
        return self


class Reacts:
    """A service's policies with fixed definitions. `kind`: the kind of topic that they consume."""

    def __init__(
        self, policies: Iterable[Policy], definitions: Definitions | None = None, kind: str = "events"
    ) -> None:
        self._policies, self._definitions, self._kind = tuple(policies), definitions or Definitions(), kind

    def to(self, event: Event, sequence: int = 1) -> "Then":
        """The commands for an event; each must belong to the decider that its policy targets.

        A refusal becomes a rejection with its reason as slug.
        """
        recorded_event = envelope(event, sequence)
        place = RecordPlace(topic_name(type(event).decided_in(), self._kind), 0, 0)
        commands: list[Command] = []
        for reaction in reactions(self._policies, recorded_event, place, self._definitions, RECORDED):
            if reaction.refusal:
                return Then(Rejection(reaction.refusal.reason, reaction.refusal.detail))
            commands += [each.data for each in reaction.commands]
            assert {type(each.data).decided_in() for each in reaction.commands} <= {reaction.target}, reaction
        assert len({command.id for command in commands}) == len(commands), f"one id for several: {commands}"
        return Then(commands)


RECORDED = datetime(2026, 3, 9, tzinfo=UTC)
"""When events are recorded, unless a test says otherwise."""


def envelope(
    payload: Payload, sequence: int = 1, service: str = "", recorded: datetime = RECORDED, cause: str = ""
) -> Envelope[Any]:
    """A message as it would be recorded; an event's id derives from its content."""
    derived = derive(type(payload).wire, payload.key, sequence, payload.at)
    id = payload.id if isinstance(payload, Command) else derived
    source = f"/careloop/{service or type(payload).wire.split('.')[1]}"
    return Envelope(payload, id, source, payload.at, recorded, cause or id, cause or id, sequence)


class Shows:
    """The documents of a projection, built from events. `batch` splits them to show that batches do not matter."""

    def __init__(self, projection: Projection) -> None:
        self._projection = projection
        self.documents: dict[str, Any] = {}
        self._sequences: dict[tuple[str, str], int] = {}

    def given(self, *events: Event, batch: int = 1000) -> "Shows":
        """Fold more events, in this order."""
        return self.fold([self.item(event) for event in events], batch)

    def item(self, payload: Payload, kind: str = "", recorded: datetime = RECORDED, cause: str = "") -> Item:
        """The next message of its aggregate as an item of its topic, in clear; `written` is when it was recorded."""
        source, kind = type(payload).decided_in(), kind or self._projection.kinds[0]
        line = (source, payload.key)
        sequence = self._sequences[line] = self._sequences.get(line, 0) + 1
        made_envelope = envelope(payload, sequence, source, recorded, cause)
        raw = {
            "id": made_envelope.id,
            "source": made_envelope.source,
            "type": type(payload).wire,
            "time": made_envelope.time.isoformat(),
            "recordedtime": recorded.isoformat(),
            "causationid": made_envelope.causation_id,
            "correlationid": made_envelope.correlation_id,
            "data": payload.model_dump(mode="json", exclude={"id", "at"} if isinstance(payload, Command) else {"at"}),
        }
        return Item(topic_name(source, kind), 0, sequence, raw, None, made_envelope, recorded)

    def fold(self, items: Sequence[Item], batch: int = 1000) -> "Shows":
        """Fold items as the runtime does."""
        for start in range(0, len(items), batch):
            self._fold(items[start : start + batch])
        return self

    def _fold(self, items: Sequence[Item]) -> None:
        touching = by_document(self._projection, items)
        for id, document in fold(self._projection, touching, self.documents).items():
            if document is None:
                self.documents.pop(id, None)
            else:
                self.documents[id] = document

    def document(self, id: str) -> Any:
        """One document. Fails if there is none."""
        return self.documents[id]


def interleaved(partitions: Iterable[Sequence[Item]], chance: Random) -> list[Item]:
    """The items of several partitions in a random order that keeps the order within each."""
    waiting, mixed = [list(partition) for partition in partitions if partition], list[Item]()
    while waiting:
        mixed.append(chance.choice(waiting).pop(0))
        waiting = [partition for partition in waiting if partition]
    return mixed
