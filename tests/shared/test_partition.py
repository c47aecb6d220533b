"""The decider's memory: exactly as the log says, whatever is sent twice."""

import tracemalloc
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.base import Command, Event, Part
from shared.decider import Decider, Rejection
from shared.decider.partition import Partition, SequenceGap
from shared.definitions import Definitions
from shared.envelope import Envelope

AT = datetime(2026, 3, 9, tzinfo=UTC)


class Added(Event):
    wire: ClassVar[str] = "careloop.test.added.v1"
    key_field: ClassVar[str] = "counter"
    counter: str
    by: int


class Add(Command):
    wire: ClassVar[str] = "careloop.test.add.v1"
    key_field: ClassVar[str] = "counter"
    counter: str
    by: int


class Count(Part):
    total: int = 0


def decide(command: Add, state: Count, definitions: Definitions) -> list[Added] | Rejection:
    if command.by > 100:
        raise ZeroDivisionError("a rule is broken")
    if command.by < 0:
        return Rejection("negative", "only upwards")
    return [Added(at=command.at, counter=command.counter, by=1) for _ in range(command.by)]


def evolve(state: Count, event: Added) -> Count:
    return Count(total=state.total + event.by)


COUNTER = Decider(name="test", initial=Count, decide=decide, evolve=evolve, state=Count)


def command(id: str, by: int, counter: str = "c") -> Envelope[Any]:
    add = Add(id=id, at=AT, counter=counter, by=by)
    return Envelope(add, id, "/t", AT, AT, correlation_id="corr", causation_id="cause")


def handled(memory: Partition[Count], id: str, by: int, offset: int) -> Any:
    return memory.handle(command(id, by), offset, Definitions(), AT)


@pytest.fixture
def memory() -> Partition[Count]:
    return Partition(COUNTER, "test-0")


def test_events_count_up_and_name_their_cause(memory: Partition[Count]) -> None:
    answer = handled(memory, "a", 2, 5)
    assert [(e.sequence, e.causation_id, e.correlation_id, e.command_offset) for e in answer.events] == [
        (1, "a", "corr", 5),
        (2, "a", "corr", 5),
    ]
    assert answer.outcome.event_ids == tuple(event.id for event in answer.events)
    assert memory.aggregates["c"].state.total == 2


def test_a_resend_gets_the_first_answer_and_no_second_event(memory: Partition[Count]) -> None:
    first, again = handled(memory, "a", 1, 0), handled(memory, "a", 1, 1)
    assert (again.outcome, again.events, again.repeated) == (first.outcome, [], True)


def test_a_rejection_and_a_no_op_change_nothing(memory: Partition[Count]) -> None:
    assert handled(memory, "a", -1, 0).outcome.slug == "negative"
    assert handled(memory, "b", 0, 1).outcome.status == "no-op"
    assert memory.aggregates["c"].sequence == 0


def test_a_poison_command_fails_alone(memory: Partition[Count]) -> None:
    handled(memory, "a", 1, 0)
    poison = handled(memory, "b", 101, 1)
    assert (poison.outcome.status, "ZeroDivisionError" in poison.error) == ("failed", True)
    assert handled(memory, "c", 1, 2).events[0].sequence == 2


def test_after_a_restart_commands_already_decided_are_skipped(memory: Partition[Count]) -> None:
    events = handled(memory, "a", 2, 9).events
    woken = Partition(COUNTER, "test-0")
    for offset, event in enumerate(events):
        woken.replay(event, offset)
    assert (woken.command_offset, woken.aggregates["c"].state.total) == (9, 2)
    again = handled(woken, "a", 2, 9)
    assert (again.events, again.outcome.status, again.outcome.event_ids) == (
        [],
        "accepted",
        tuple(e.id for e in events),
    )
    assert handled(woken, "forgotten", 1, 8).events == handled(woken, "forgotten-too", 1, 9).events == []
    assert len(handled(woken, "new", 1, 10).events) == 1


def test_only_a_state_whose_person_may_come_back_belongs_to_a_life_of_theirs(memory: Partition[Count]) -> None:
    """A person's record hears of hospital numbers that were erased and came back, and stays sealed for the person."""
    memory.handle(command("a", 1)._replace(keyid="number~1"), 0, Definitions(), AT)
    assert memory.aggregates["c"].keyid == ""


def test_a_doubled_event_is_skipped_and_a_gap_refuses_to_serve(memory: Partition[Count]) -> None:
    one, two, three = handled(memory, "a", 3, 0).events
    woken = Partition(COUNTER, "test-0")
    for event in (one, one, two, one):
        woken.replay(event, 0)
    assert woken.aggregates["c"].state.total == 2
    other = Partition(COUNTER, "test-0")
    with pytest.raises(SequenceGap, match="test-0 offset 7: c jumps from sequence 0 to 3"):
        other.replay(three, 7)


def test_only_the_latest_commands_are_remembered(memory: Partition[Count]) -> None:
    for offset in range(COUNTER.remembered + 5):
        handled(memory, f"a{offset}", 1, offset)
    assert len(memory.aggregates["c"].recent) == COUNTER.remembered == 64


def test_a_remembered_outcome_takes_no_more_than_its_bytes(memory: Partition[Count]) -> None:
    tracemalloc.start()
    for offset in range(COUNTER.remembered):
        outcome = handled(memory, f"a{offset}", 1, offset).outcome
        memory.sent(outcome, outcome.dump())
    ours = [tracemalloc.Filter(True, file) for file in ("*/decider/partition.py", "*/shared/outcomes.py")]
    kept = tracemalloc.take_snapshot().filter_traces(ours)
    tracemalloc.stop()
    assert sum(line.size for line in kept.statistics("filename")) < 1000 * COUNTER.remembered
    again = handled(memory, "a63", 1, 63)
    assert (again.repeated, again.outcome) == (True, outcome)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(-1, 3)), max_size=20))
def test_replaying_the_log_gives_the_same_state(sent: list[tuple[str, int]]) -> None:
    live, woken = Partition(COUNTER, "live"), Partition(COUNTER, "woken")
    log = [event for offset, (id, by) in enumerate(sent) for event in handled(live, id, by, offset).events]
    for offset, event in enumerate(log):
        woken.replay(event, offset)
    assert [event.sequence for event in log] == list(range(1, len(log) + 1))
    if log:
        assert woken.aggregates["c"].state == live.aggregates["c"].state
