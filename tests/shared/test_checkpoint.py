"""Checkpoints: in slices, in parts, and right wherever they stop."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.codec import Codec
from shared.decider import checkpoint
from shared.decider.checkpoint import SLICE
from shared.decider.partition import Partition
from shared.decider.recovery import replay
from shared.decider.saving import MAX_RECORDS, Saving
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.sealing import KeyRing
from tests.shared.test_codec import codec, ring  # noqa: F401 fixtures
from tests.shared.test_partition import COUNTER, handled
from tests.shared.test_partition import command as adding
from tests.support.cabinets import AT, CABINETS, Cabinet, File, State, states
from tests.support.rings import OpenRing


@pytest.fixture
def state(ring: KeyRing) -> State:  # noqa: F811
    return State(ring)


async def test_one_changed_part_is_all_that_is_written_beside_the_head(state: State) -> None:
    for drawer in "abcdef":
        state.file("one", drawer)
        state.file("two", drawer)
    await state.save()
    state.file("one", "c")
    await state.save()
    assert state.written == ["one", "one\x1fc", "!checkpoint-0"]
    assert states(await state.wake()) == states(state.memory)
    assert orjson.loads(state.topic["one\x1fc"])["state"] == {}, "a part is sealed as the state is"


async def test_after_a_restart_too_only_what_changed_is_written(state: State) -> None:
    for drawer in "abc":
        state.file("one", drawer)
    await state.save()
    state.memory = await state.wake()
    state.file("one", "c")
    await state.save()
    assert state.written == ["one", "one\x1fc", "!checkpoint-0"]
    assert states(await state.wake()) == states(state.memory)


async def test_a_part_that_went_is_taken_from_the_topic(state: State) -> None:
    state.file("one", "a", "12345")
    await state.save()
    state.file("one", "a")
    await state.save()
    assert "one\x1fa" not in state.topic
    assert "one\x1fa+" in state.topic
    assert states(await state.wake()) == states(state.memory)


async def test_parts_that_were_left_by_a_state_that_was_built_anew_are_nobodys(state: State) -> None:
    """A first checkpoint of a new version that stopped half way; then the drawer was renamed."""
    state.file("one", "a", "12345")
    await state.save()
    state.memory = await state.wake(anew=True)
    state.file("one", "a")
    await state.save()
    assert "one\x1fa" in state.topic, "left over"
    assert states(await state.wake()) == states(state.memory)


async def test_a_checkpoint_that_stopped_between_its_slices_leaves_the_one_before_in_force(ring: KeyRing) -> None:  # noqa: F811
    state = State(ring)
    count = MAX_RECORDS * 2 + 10
    for number in range(count):
        state.file(f"k{number}", "a")
    await state.save()
    mark = state.topic["!checkpoint-0"]
    for number in range(count):
        state.file(f"k{number}", "b")
    saving = await state.save(slices=1)
    assert not saving.done
    assert state.topic["!checkpoint-0"] == mark, "the mark comes last"
    assert states(await state.wake()) == states(state.memory)
    for number in range(0, count, 7):
        state.file(f"k{number}", "c")
    state.write(await saving.records(ring))
    assert states(await state.wake()) == states(state.memory)
    while not saving.done:
        state.write(await saving.records(ring))
    assert state.topic["!checkpoint-0"] != mark
    assert states(await state.wake()) == states(state.memory)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("file"), st.sampled_from("pq"), st.sampled_from("abc")),
        st.tuples(st.sampled_from(["begin", "slice", "crash", "anew"]), st.just(""), st.just("")),
    ),
    max_size=60,
)


@given(STEPS)
def test_recovery_from_any_point_is_as_if_nothing_had_happened(steps: list[tuple[str, str, str]]) -> None:
    asyncio.run(_story(steps))


async def _story(steps: list[tuple[str, str, str]]) -> None:
    state, saving, straight = State(OpenRing()), None, Partition[Any](CABINETS, "straight")  # type: ignore[arg-type]
    for step, cabinet, drawer in steps:
        match step:
            case "file":
                state.file(cabinet, drawer)
            case "begin":
                saving = saving or Saving(CABINETS, state.memory, 0)
            case "slice" if saving:
                state.write(await saving.records(state.ring))
                saving = None if saving.done else saving
            case "crash" | "anew":
                state.memory, saving = await state.wake(anew=step == "anew"), None
            case _:
                pass
    for offset, event in enumerate(state.events):
        straight.replay(event, offset)
    assert states(await state.wake()) == states(straight)


async def test_an_aggregate_without_events_is_restored_as_it_begins(state: State) -> None:
    """What an older version wrote of it need not be readable."""
    state.topic["idle"] = orjson.dumps({"state": {"filed": "?"}, "sequence": 0, "recent": []})
    state.topic["!checkpoint-0"] = orjson.dumps({"events": 0, "commands": -1, "version": 1})
    assert states(await state.wake()) == {"idle": (Cabinet(), 0)}


async def longest(progress: Callable[[], int], work: Awaitable[Any]) -> int:
    """By how much something grew at most between two turns of a task that only wants its turn, as a heartbeat does."""
    counts = [progress()]

    async def beat() -> None:
        while True:
            counts.append(progress())
            await asyncio.sleep(0)

    beating = asyncio.create_task(beat())
    try:
        await work
    finally:
        beating.cancel()
    counts.append(progress())
    return max(later - earlier for earlier, later in pairwise(counts))


async def test_a_restore_lets_heartbeats_through(state: State) -> None:
    for number in range(SLICE * 5):
        state.file(f"k{number}", "a")
    await state.save()
    records, memory = dict(state.topic), Partition[Any](CABINETS, "test-0")
    del records["!checkpoint-0"]
    assert (
        await longest(lambda: len(memory.aggregates), checkpoint.restore(memory, Cabinet, records, state.ring)) <= SLICE
    )
    assert len(memory.aggregates) == SLICE * 5


async def test_a_replay_lets_heartbeats_through(codec: Codec) -> None:  # noqa: F811
    live, woken = Partition(COUNTER, "live"), Partition(COUNTER, "woken")
    events = [event for number in range(SLICE * 5) for event in handled(live, f"c{number}", 1, number).events]
    values = await codec.encode(events)
    log = [SimpleNamespace(value=v, headers=(), offset=at, topic="t", partition=0) for at, v in enumerate(values)]
    assert await longest(lambda: woken.next_event, replay(woken, log, codec)) <= SLICE
    assert woken.aggregates["c"].state.total == SLICE * 5


async def test_a_checkpoint_lets_heartbeats_through_and_its_transactions_are_bounded() -> None:
    state = State(OpenRing())  # type: ignore[arg-type]
    for number in range(MAX_RECORDS * 3):
        state.memory.handle(adding_to(number), number, Definitions(), AT)
    saving, sizes = Saving(CABINETS, state.memory, 0), []
    while not saving.done:
        before = len(saving._keys)
        most = await longest(lambda: -len(saving._keys), saved(state, saving))
        assert most <= SLICE
        sizes.append(before - len(saving._keys))
    assert max(sizes) <= MAX_RECORDS
    assert states(await state.wake()) == states(state.memory)


async def saved(state: State, saving: Saving) -> None:
    state.write(await saving.records(state.ring))


def adding_to(number: int) -> Any:
    wish = File(id=f"c{number}", at=AT, cabinet=f"k{number}", drawer="a", sheet="s")
    return Envelope(wish, wish.id, "/t", AT, AT, wish.id, wish.id)


async def test_a_decider_without_state_writes_its_mark_alone(ring: KeyRing) -> None:  # noqa: F811
    state = State(ring, replace(COUNTER, state=None))
    state.memory.handle(adding("a", 1), 0, Definitions(), AT)
    await state.save()
    assert state.written == ["!checkpoint-0"]
