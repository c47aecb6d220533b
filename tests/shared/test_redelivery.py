"""A policy that is read again after a crash: however long the batch and however often, each event is there once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.codec import Codec, Encoded
from shared.contracts.base import Command
from shared.decider.mark import Mark, mark_record, read_mark
from shared.decider.partition import Partition
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.origin import Origin, origin_in, without_origin
from shared.policy import Policy, RecordPlace, Refused, caused, reactions
from shared.testing import envelope
from tests.shared.test_codec import codec, ring  # noqa: F401 fixtures
from tests.shared.test_partition import COUNTER, Add, Added

AT = datetime(2026, 3, 9, tzinfo=UTC)
TOPIC = "careloop.source.events.v1"
FORGETFUL = replace(COUNTER, remembered=0)


def react(event: Envelope[Added], definitions: Definitions) -> list[Command]:
    """As many commands as the event says, each of which adds one (the first of three is refused, of four a no-op)."""
    size = event.data.by
    if size == 0:
        raise Refused("zero", "nothing to count")
    first = {3: -1, 4: 0}.get(size, 1)
    return [Add(id=caused(event, "count", at), at=AT, counter="c", by=1 if at else first) for at in range(size)]


POLICIES = (
    Policy("count", ("source",), (Added,), react, "test"),
    Policy("again", ("source",), (Added,), lambda event, _: react(event, Definitions())[:1], "test"),
)


def sent(sizes: Sequence[int], policies: Sequence[Policy] = POLICIES[:1]) -> list[Envelope[Any]]:
    """The commands of a batch of events, as a worker sends them."""
    events = [envelope(Added(at=AT, counter="c", by=size), at, "source") for at, size in enumerate(sizes)]
    places = [RecordPlace(TOPIC, 0, offset) for offset in range(len(events))]
    all_reactions = [reactions(policies, e, p, Definitions(), AT) for e, p in zip(events, places, strict=True)]
    return [command for each in all_reactions for reaction in each for command in reaction.commands]


class OnePartition:
    """The commands topic of one partition, its decider, and the events it wrote."""

    def __init__(self) -> None:
        self.commands: list[Envelope[Any]] = []
        self.memory, self.events, self.decided = Partition(FORGETFUL, "test-0"), list[Envelope[Any]](), 0
        self.mark = Mark(0, -1, 1)

    def send(self, commands: Sequence[Envelope[Any]]) -> None:
        self.commands += commands

    def decide(self, until: int | None = None) -> list[Any]:
        end = len(self.commands) if until is None else min(until, len(self.commands))
        answers = []
        for offset in range(self.decided, end):
            answers.append(self.memory.handle(self.commands[offset], offset, Definitions(), AT))
            self.events += answers[-1].events
        self.decided = max(self.decided, end)
        return answers

    def save(self) -> None:
        """A mark, as it stands on the state topic."""
        mark = Mark(len(self.events), self.decided - 1, 1, self.memory.highs)
        self.mark = read_mark(mark_record(mark, 0).value or b"")

    def crash(self) -> None:
        """The decider comes back: the events, then the origins of what the last mark does not hold."""
        self.memory = Partition(FORGETFUL, "test-0")
        self.memory.highs = self.mark.origins
        for offset, event in enumerate(self.events):
            self.memory.replay(event, offset)
        for command in self.commands[self.mark.commands + 1 : self.decided]:
            self.memory.first_time(command.origin)

    def once(self) -> bool:
        return len({event.id for event in self.events}) == len(self.events)


def test_a_batch_far_longer_than_what_an_aggregate_remembers_is_decided_once() -> None:
    partition, batch = OnePartition(), sent([1] * 300 + [5] * 60)
    partition.send(batch)
    partition.decide()
    partition.send(batch)
    answers = partition.decide()
    assert (len(partition.events), partition.once(), partition.memory.aggregates["c"].state.total) == (600, True, 600)
    assert all(answer.repeated for answer in answers)


def test_a_command_that_changed_nothing_is_not_decided_again_either() -> None:
    partition, batch = OnePartition(), sent([3, 4, *[1] * 70])
    partition.send(batch)
    partition.decide()
    sequence = partition.memory.aggregates["c"].sequence
    partition.crash()
    partition.send(batch)
    partition.decide()
    assert partition.memory.aggregates["c"].sequence == sequence
    assert [answer for answer in partition.decide() if answer.events] == []


def test_two_policies_over_one_topic_are_two_origins() -> None:
    partition = OnePartition()
    partition.send(sent([1, 1], POLICIES))
    partition.decide()
    names = {command.origin.name for command in partition.commands if command.origin}
    assert names == {f"count/{TOPIC}-0", f"again/{TOPIC}-0"} == partition.memory.highs.keys()


def test_what_a_policy_cannot_read_is_refused_and_gives_no_command() -> None:
    event = envelope(Added(at=AT, counter="c", by=0), 1, "source")
    [reaction] = reactions(POLICIES[:1], event, RecordPlace(TOPIC, 0, 0), Definitions(), AT)
    assert (reaction.commands, reaction.refusal and reaction.refusal.reason) == ([], "zero")
    assert reactions(POLICIES, event, RecordPlace("careloop.other.events.v1", 0, 0), Definitions(), AT) == []


STEPS = st.one_of(
    st.tuples(st.just("heir"), st.integers(0, 40)),
    st.tuples(st.just("zombie"), st.integers(0, 40)),
    st.tuples(st.just("decide"), st.integers(0, 200)),
    st.just(("save", 0)),
    st.just(("crash", 0)),
)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=40), st.lists(STEPS, max_size=12))
def test_crashes_redeliveries_and_zombies_at_any_point_publish_each_event_once(
    sizes: list[int], steps: list[tuple[str, int]]
) -> None:
    """`heir` sends from what is committed on; `zombie` sends again what was sent before; both stop anywhere."""
    sizes = [max(size, 1) for size in sizes]
    alone, partition, whole = OnePartition(), OnePartition(), sent(sizes)
    alone.send(whole)
    alone.decide()
    committed = 0
    for step, number in steps:
        match step:
            case "heir":
                partition.send(whole[committed : committed + number])
                committed += number if number % 2 else 0  # an even batch dies before its commit
            case "zombie":
                partition.send(whole[max(0, committed - number) : committed + number // 2])
            case "decide":
                partition.decide(number)
            case "save":
                partition.save()
            case _:
                partition.crash()
    partition.send(whole[committed:])
    partition.decide()
    assert partition.once()
    assert [event.id for event in partition.events] == [event.id for event in alone.events]


async def test_an_origin_travels_with_its_command_and_can_be_taken_off_for_a_redrive(codec: Codec) -> None:  # noqa: F811
    [command] = sent([1])
    [value] = await codec.encode([command])
    assert origin_in(value) == command.origin == Origin(f"count/{TOPIC}-0", 0, 0)
    [read] = await codec.decode([Encoded(value)])
    assert read == command
    [again] = await codec.decode([Encoded(without_origin(value))])
    assert again == command._replace(origin=None)


def test_a_redriven_command_is_decided_though_its_origin_has_passed() -> None:
    partition, batch = OnePartition(), sent([1, 1, 1])
    partition.send(batch[2:])
    partition.decide()
    partition.send([batch[0], batch[1]._replace(origin=None)])
    assert [len(answer.events) for answer in partition.decide()] == [0, 1]


@pytest.mark.parametrize(
    "value", [None, b"", b"no json", b"[1]", b'{"origin": "x"}', b'{"origin": "x", "originoffset": "y"}']
)
def test_a_record_without_a_readable_origin_has_none(value: bytes | None) -> None:
    assert origin_in(value) is None


def test_a_mark_of_before_there_were_origins_is_read() -> None:
    assert read_mark(orjson.dumps({"events": 7, "commands": 4, "version": 2})) == Mark(7, 4, 2)
