"""Aggregates on the compacted state topic: what is dirty is written, what was written is put back."""

from typing import Any

import orjson

from shared.bus.writing import Out
from shared.contracts.base import Part
from shared.decider.partition import Aggregate, Partition
from shared.envelope import dumps
from shared.personal import Plan, plan_of, put_back, take_out
from shared.sealing import KeyRing, Keys


async def records(partition: Partition[Any], ring: KeyRing) -> list[Out]:
    """One record for each dirty aggregate, personal state sealed with the aggregate's key or the one it names.

    Of a person who may come back after an erasure: with the key of the life that the state tells of.
    """
    dirty = {key: partition.aggregates[key] for key in sorted(partition.dirty)}
    keys = await _keys({key: aggregate for key, aggregate in dirty.items() if _plan(aggregate)}, ring)
    return [Out(key, _dump(key, aggregate, keys)) for key, aggregate in dirty.items()]


async def _keys(aggregates: dict[str, Aggregate[Any]], ring: KeyRing) -> Keys:
    unknown = {key for key, each in aggregates.items() if each.state.reborn and not each.keyid}
    known = {_seal_key(key, each) for key, each in aggregates.items() if key not in unknown}
    return await ring.load(known, create=True) | await ring.living(unknown)


def _seal_key(key: str, aggregate: Aggregate[Any]) -> str:
    """`sealed_for` of the state, where the aggregate is not itself the person it is about."""
    return aggregate.keyid or getattr(aggregate.state, "sealed_for", "") or key


def _plan(aggregate: Aggregate[Any]) -> Plan:
    model: type[Part] = type(aggregate.state)
    return plan_of(model)


def _dump(key: str, aggregate: Aggregate[Any], keys: Keys) -> bytes:
    state, recent = aggregate.state.model_dump(mode="json"), aggregate.recent.values()
    raw: dict[str, Any] = {
        "state": state,
        "sequence": aggregate.sequence,
        "recent": [orjson.Fragment(told if isinstance(told, bytes) else told.dump()) for told in recent],
    }
    if secret := take_out(_plan(aggregate), state):
        raw["keyid"] = keys.of(_seal_key(key, aggregate))
        raw["sealed"] = keys.seal(raw["keyid"], orjson.dumps(secret), f"state {key}")
    return dumps(raw)


async def restore(partition: Partition[Any], model: type[Part], found: dict[str, bytes], ring: KeyRing) -> None:
    """Put the checkpointed aggregates back into `partition`."""
    parsed = {key: orjson.loads(value) for key, value in found.items()}
    keys = await ring.load(raw.get("keyid", key) for key, raw in parsed.items() if raw.get("sealed"))
    for key, raw in parsed.items():
        if box := raw.get("sealed"):
            opened = keys.open(raw.get("keyid", key), box, f"state {key}")
            put_back(plan_of(model), raw["state"], orjson.loads(opened) if opened else {})
        keyid = raw.get("keyid", "") if model.reborn else ""
        aggregate: Aggregate[Any] = Aggregate(model.model_validate(raw["state"]), raw["sequence"], keyid=keyid)
        for outcome in raw["recent"]:
            aggregate.recent[outcome["command_id"]] = dumps(outcome)
        partition.aggregates[key] = aggregate
