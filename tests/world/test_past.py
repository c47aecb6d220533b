"""This version reads the log, checkpoints and names of an earlier version, with the same meaning.

Read what is new, too: what this version would write of an old record says all that stood there.
"""

from functools import cache
from typing import Any

import orjson
import pytest

from shared.bus.topics import topic_name
from shared.codec import Codec
from shared.contracts.base import Event, known_types
from shared.decider import Decider
from shared.decider.partition import Partition
from shared.envelope import Envelope
from tests.world.checkpoints import run
from tests.world.machine import product
from tests.world.old import OLD
from tests.world.past.log import Past
from tests.world.past.names import gone, names

UNPLAYED = {
    "careloop.contacts.keys_forgotten.v1": "an erasure of more than 5,000 keys",
    "careloop.his-adapter.fact_handed_on.v1": "test_servers.py",
    "careloop.notify.refusals_shared.v1": "no longer decided",
    "careloop.notify.timer_cancelled.v1": "no longer decided",
}
"""Events that the story does not lead to, with why or who else reads them."""

READ_ANEW = {"complaints": 2, "his-payments": 2, "his-watches": 2}
"""Deciders whose state has grown since, with its version: they begin with the events, not with a checkpoint of then."""

GROWN = {"complaints.cases": {"revision", "due_by"}, "followup.tasks": {"department", "plan"}}
"""Fields that documents of a collection have got since."""

NOTHING_LEFT = {"contacts.approvals", "contacts.identity_reviews", "his_adapter.approvals"}
"""Collections from which the story has taken out again what it put in."""


@cache
def past() -> Past:
    return Past.read(OLD / "yesterday.jsonl.xz")


def deciders() -> list[tuple[Decider[Any], int]]:
    """Each decider with each of its partitions that has checkpoints."""
    by_name = {decider.name: decider for service in product()[1] for decider in service.deciders}
    places = {(each.topic.split(".")[1], each.partition) for each in past().records if each.kind == "state"}
    return [(by_name[name], number) for name, number in sorted(places)]


def opened(value: bytes, past: Past) -> dict[str, Any]:
    """Attributes and data of a record, with the decrypted personal fields."""
    raw: dict[str, Any] = orjson.loads(value)
    if ciphertext := raw["data"].pop("sealed", None):
        clear = run(past.ring().load([raw["keyid"]])).open(raw["keyid"], ciphertext, f"{raw['id']} {raw['type']}")
        raw |= {"sealed": orjson.loads(clear)} if clear else {"keyid": None}  # of somebody who was erased
    return raw


@cache
def forgetting() -> set[str]:
    """Aggregates with an event whose key is destroyed: a checkpoint from before the erasure holds more."""
    erased = {id for id, (key, *_) in past().keys.items() if not key}
    events = [orjson.loads(each.value or b"") for each in past().messages() if each.kind == "events"]
    return {raw["subject"] for raw in events if raw.get("keyid") in erased}


def states(memory: Partition[Any]) -> dict[str, Any]:
    """Key of an aggregate → its state and sequence."""
    aggregates = memory.aggregates.items()
    return {key: (each.state, each.sequence) for key, each in aggregates if each.sequence and key not in forgetting()}


def lost(then: Any, now: Any, path: str = "") -> list[str]:
    """The paths at which `now` differs from `then`; a list of plain values is compared as a set."""
    if isinstance(then, dict) and isinstance(now, dict):
        return [each for name in then for each in lost(then[name], now.get(name), f"{path}.{name}")]
    if isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        pairs = zip(then, now, strict=True) if dict in map(type, then) else zip(*map(sorted, (then, now)), strict=True)
        return [each for one, other in pairs for each in lost(one, other, f"{path}[]")]
    return [] if then is None or then == now else [path]


def test_every_event_of_the_contracts_stands_in_the_log() -> None:
    product()
    events = {wire for wire, model in known_types().items() if issubclass(model, Event) and wire in names_then()}
    there = {orjson.loads(each.value or b"{}")["type"] for each in past().messages()}
    assert events - there == UNPLAYED.keys()


def names_then() -> Any:
    return orjson.loads((OLD / "names.json").read_bytes())["messages"]


def test_every_record_is_read_and_what_would_be_written_of_it_says_the_same() -> None:
    records, ring = past().messages(), past().ring()
    messages = run(Codec(ring).decode(records))
    assert [
        (each.topic, each.offset, of)
        for each, of in zip(records, messages, strict=True)
        if not isinstance(of, Envelope)
    ] == []
    again = run(Codec(ring).encode(messages))
    differing = {
        f"{orjson.loads(record.value or b'')['type']}{path}"
        for record, value in zip(records, again, strict=True)
        for path in lost(opened(record.value or b"", past()), opened(value, past()))
    }
    assert differing == set()


def test_the_definitions_in_force_are_those_of_then() -> None:
    definitions, stood = past().definitions(), dict[str, Any]()
    for record in past().records:
        if record.kind == "definitions":
            stood[record.key.decode()] = orjson.loads(record.value or b"")
    for each in definitions.all():
        assert lost(stood[each.ref], each.model_dump(mode="json")) == []
        assert definitions.current_version(each.kind, each.id) == stood[f"{each.kind}/{each.id}"]["version"]
    assert len(stood) == len({name for each in definitions.all() for name in (each.ref, f"{each.kind}/{each.id}")})


def named(each: Any) -> str:
    return str(getattr(each, "name", each))


@pytest.mark.parametrize(("decider", "number"), deciders(), ids=named)
def test_events_lead_to_the_states_that_checkpoints_hold(decider: Decider[Any], number: int) -> None:
    held: dict[int, list[Any]] = {}
    for memory, mark in past().checkpointed(decider, number):
        version = READ_ANEW.get(decider.name, mark.version)
        assert version == decider.state_version, "another version reads every event again: is that meant?"
        held.setdefault(mark.events, []).extend([states(memory)] if version == mark.version else [])
    for now in past().replayed(decider, number):
        for then in held.pop(now.next_event, []):
            assert decider.state is None or states(now) == then
    assert held.keys() <= {0}, "a checkpoint goes further than the events"


@pytest.mark.parametrize(("decider", "number"), deciders(), ids=named)
def test_nothing_of_a_checkpoint_is_passed_over(decider: Decider[Any], number: int) -> None:
    """With the next one it would be lost."""
    if decider.name in READ_ANEW:
        return
    [*_, (memory, _)] = past().checkpointed(decider, number)
    last = {each.key.decode(): each.value for each in past().on(topic_name(decider.name, "state"), number)}
    for key, aggregate in memory.aggregates.items():
        raw = orjson.loads(last[key] or b"{}")
        if raw["sequence"]:
            assert lost(raw["state"], aggregate.state.model_dump(mode="json")) == [], key


def test_read_models_of_the_log_are_what_they_were() -> None:
    models = past().folded()
    assert models.keys() >= past().models.keys()
    differing = [
        f"{name}/{id}"
        for name, documents in past().models.items()
        for id in documents.keys() | models[name].keys()
        if documents.get(id) != without(GROWN.get(name, set()), models[name].get(id))
    ]
    assert differing == []
    empty = {name for name, documents in past().models.items() if not documents}
    assert {name for name in empty if not name.endswith(".dead_letters")} == NOTHING_LEFT


def without(fields: set[str], document: Any) -> Any:
    return document and {name: value for name, value in document.items() if name not in fields}


def test_no_name_that_others_have_written_down_is_gone() -> None:
    then = orjson.loads((OLD / "names.json").read_bytes())
    assert gone(then, names()) == []
    assert gone(
        {"topics": ["a"], "messages": {"m": {"x": {"y": {}}}}}, {"topics": [], "messages": {"m": {"x": {}}}}
    ) == [
        "topics: a",
        "messages.m.x: y",
    ]
