"""Writes changed aggregates to the compacted state topic, and restores them.

State in parts takes a record of its own and one per part; all changes of an aggregate go into one transaction. Parts
carry the lineage of their head record, which is new when state was built from the log alone: parts of an earlier
lineage are ignored.

Both directions work in slices, between which the event loop runs: a member without heartbeats would be evicted.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import Any, TypeVar
from uuid import uuid4

import orjson

from shared.bus.writing import Out
from shared.contracts.base import Part, stored
from shared.decider.model import Parted
from shared.decider.partition import Aggregate, Partition
from shared.envelope import dumps
from shared.personal import field_tree, put_back, take_out
from shared.sealing import KeyRing, LoadedKeys, version_of

SLICE = 200
"""Aggregates or events between two turns of the event loop."""
_SEPARATOR = "\x1f"
T = TypeVar("T")


async def slices(items: Iterable[T]) -> AsyncIterator[list[T]]:
    """The items slice by slice; the event loop runs after each slice."""
    iterator = iter(items)
    while batch := list(islice(iterator, SLICE)):
        yield batch
        await asyncio.sleep(0)


async def records(partition: Partition[Any], keys: Iterable[str], ring: KeyRing) -> list[Out]:
    """The records for a slice; personal state is encrypted with the aggregate's key or the one that it names.

    For a person who may come back after an erasure: with the key version of the state.
    """
    aggregates = {key: partition.aggregates[key] for key in keys}
    ring_keys = await _keys({key: each for key, each in aggregates.items() if _personal(each.state)}, ring)
    return [out for key, aggregate in aggregates.items() for out in _outs(key, aggregate, ring_keys)]


async def _keys(aggregates: dict[str, Aggregate[Any]], ring: KeyRing) -> LoadedKeys:
    unknown = {key for key, each in aggregates.items() if each.state.reborn and not each.keyid}
    seal_keys = {_seal_key(key, each) for key, each in aggregates.items() if key not in unknown}
    return await ring.load(seal_keys, create=True) | await ring.current(unknown)


def _outs(key: str, aggregate: Aggregate[Any], keys: LoadedKeys) -> list[Out]:
    state, sealing = aggregate.state, keys.of(_seal_key(key, aggregate))
    raw = {"sequence": aggregate.sequence, "recent": [_fragment(outcome) for outcome in aggregate.recent.values()]}
    if not isinstance(state, Parted):
        return [Out(key, _dump(raw, state, f"state {key}", sealing, keys))]
    aggregate.lineage = raw["lineage"] = aggregate.lineage or uuid4().hex
    before, parts = aggregate.saved or {}, state.parts()
    aggregate.saved = parts
    outs = [Out(key, _dump(raw, state, f"state {key}", sealing, keys))]
    for name, part in parts.items():
        if before.get(name) is not part:
            place = {"of": key, "part": name, "lineage": aggregate.lineage}
            value = _dump(place, state.stored(part), f"state {key} {name}", sealing, keys)
            outs.append(Out(_part_key(key, name), value))
    return outs + [Out(_part_key(key, name), None) for name in before.keys() - parts.keys()]


def _part_key(key: str, name: str) -> str:
    return f"{key}{_SEPARATOR}{name}"


def _seal_key(key: str, aggregate: Aggregate[Any]) -> str:
    """The key for the state: `sealed_for` if the aggregate is not itself the person it is about."""
    return aggregate.keyid or getattr(aggregate.state, "sealed_for", "") or key


def _personal(state: Part) -> bool:
    parted = isinstance(state, Parted) and bool(field_tree(type(state).part))
    return bool(field_tree(type(state))) or parted


def _fragment(outcome: Any) -> orjson.Fragment:
    return orjson.Fragment(outcome if isinstance(outcome, bytes) else outcome.dump())


def _dump(raw: dict[str, Any], state: Part, context: str, keyid: str, keys: LoadedKeys) -> bytes:
    data = state.model_dump(mode="json")
    raw["state"] = data
    if secret := take_out(field_tree(type(state)), data):
        raw["keyid"] = keyid
        raw["sealed"] = keys.seal(keyid, orjson.dumps(secret), context)
    return dumps(raw)


async def restore(partition: Partition[Any], model: type[Part], rows: dict[str, bytes], ring: KeyRing) -> None:
    """Put the checkpointed aggregates into `partition`; empties `rows` (key → record) on the way."""
    parts = await _parts(rows)
    async for keys in slices(list(rows)):
        raws = {key: orjson.loads(rows.pop(key)) for key in keys}
        inner = {key: _joining(raw, parts.pop(key, [])) for key, raw in raws.items()}
        encrypted = [(key, raw) for key in keys for raw in (raws[key], *inner[key].values()) if raw.get("sealed")]
        opening = await ring.load(raw.get("keyid", key) for key, raw in encrypted)
        for key, raw in raws.items():
            state = _state(model, raw, f"state {key}", key, opening) if raw["sequence"] else partition.first()
            if isinstance(state, Parted):
                each = {n: _state(state.part, part, f"state {key} {n}", key, opening) for n, part in inner[key].items()}
                state = state.joined(each)
            versions = [each.get("keyid", "") for each in (raw, *inner[key].values())] if model.reborn else []
            partition.aggregates[key] = _aggregate(state, raw, max(versions, key=version_of, default=""))


async def _parts(rows: dict[str, bytes]) -> dict[str, list[bytes]]:
    """Remove the records of parts from `rows`; returns them by aggregate."""
    parts = defaultdict[str, list[bytes]](list)
    async for keys in slices([key for key in rows if _SEPARATOR in key]):
        for key in keys:
            if of := orjson.loads(rows[key]).get("of"):
                parts[of].append(rows.pop(key))
    return parts


def _joining(head: dict[str, Any], parts: list[bytes]) -> dict[str, dict[str, Any]]:
    """The parts with the lineage of a head record, by name."""
    raws = [orjson.loads(part) for part in parts]
    return {raw["part"]: raw for raw in raws if raw["lineage"] == head.get("lineage")}


def _state(model: type[Part], raw: dict[str, Any], context: str, key: str, keys: LoadedKeys) -> Part:
    if ciphertext := raw.get("sealed"):
        opened = keys.open(raw.get("keyid", key), ciphertext, context)
        put_back(field_tree(model), raw["state"], orjson.loads(opened) if opened else {})
    return stored(model, raw["state"])


def _aggregate(state: Any, raw: dict[str, Any], keyid: str) -> Aggregate[Any]:
    aggregate = Aggregate(state, raw["sequence"], keyid=keyid)
    for outcome in raw["recent"]:
        aggregate.recent[outcome["command_id"]] = dumps(outcome)
    if isinstance(state, Parted):
        aggregate.saved, aggregate.lineage = state.parts(), raw.get("lineage", "")
    return aggregate
