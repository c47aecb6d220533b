"""Both key stores keep the same promises."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared import mongo
from shared.keystore import KeyStore, LocalKeyStore
from shared.settings import Settings


async def the_first_key_of_an_id_stays(store: KeyStore) -> None:
    id = uuid4().hex
    await store.add({id: b"first"})
    await store.add({id: b"second"})
    assert await store.get([id, "unknown"]) == {id: b"first"}


async def a_destroyed_key_leaves_a_tombstone_that_nothing_replaces(store: KeyStore) -> None:
    id, never = uuid4().hex, uuid4().hex
    await store.add({id: b"first"})
    assert await store.destroy([id, never]) == 1
    await store.add({id: b"again", never: b"again"})
    assert await store.get([id, never]) == {id: None, never: None}
    assert await store.destroy([id]) == 0


async def many_keys_are_found_at_once(store: KeyStore) -> None:
    ids = [uuid4().hex for _ in range(1200)]
    await store.add({id: id.encode() for id in ids})
    assert await store.get(ids) == {id: id.encode() for id in ids}


async def what_two_add_at_once_has_one_key_each(store: KeyStore) -> None:
    ids = [uuid4().hex for _ in range(300)]
    await asyncio.gather(*(store.add(dict.fromkeys(ids, name)) for name in (b"here", b"there", b"elsewhere")))
    first = await store.get(ids)
    await store.add(dict.fromkeys(ids, b"later"))
    assert first.keys() == set(ids)
    assert await store.get(ids) == first


async def many_keys_are_destroyed_at_once_and_each_is_counted_once(store: KeyStore) -> None:
    ids, never = [uuid4().hex for _ in range(1200)], uuid4().hex
    await store.add({id: id.encode() for id in ids})
    counts = await asyncio.gather(store.destroy(ids[:900]), store.destroy([*ids[300:], never]))
    assert sum(counts) == 1200
    assert await store.get([*ids, never]) == dict.fromkeys([*ids, never])


async def nothing_is_asked_for_nothing(store: KeyStore) -> None:
    await store.add({})
    assert await store.get([]) == {}
    assert await store.destroy([]) == 0


PROMISES = [
    the_first_key_of_an_id_stays,
    a_destroyed_key_leaves_a_tombstone_that_nothing_replaces,
    many_keys_are_found_at_once,
    what_two_add_at_once_has_one_key_each,
    many_keys_are_destroyed_at_once_and_each_is_counted_once,
    nothing_is_asked_for_nothing,
]


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_local_store_keeps_its_promise(tmp_path: Path, promise: Callable[[KeyStore], Awaitable[None]]) -> None:
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    await promise(store)
    store.close()


async def test_keys_added_at_the_same_time_share_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, writes = LocalKeyStore(tmp_path / "keys.sqlite"), []
    commit = store._commit
    monkeypatch.setattr(store, "_commit", lambda write: (writes.append(len(write[1])), commit(write)))
    await asyncio.gather(*(store.add({f"k{number}": b"wrapped"}) for number in range(50)))
    assert len(await store.get(f"k{number}" for number in range(50))) == 50
    assert writes == [1, 49] or writes == [50]
    store.close()


async def test_a_failed_write_fails_nobody_who_shares_it_in_silence(tmp_path: Path) -> None:
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    store._db.execute("CREATE TRIGGER full BEFORE INSERT ON keys BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    first, second = await asyncio.gather(store.add({"a": b"1"}), store.add({"b": b"2"}), return_exceptions=True)
    assert "disk full" in str(first)
    assert "disk full" in str(second)
    store._db.execute("DROP TRIGGER full")
    await store.add({"c": b"3"})
    assert await store.get("abc") == {"a": b"1", "b": b"2", "c": b"3"}
    store.close()


async def test_a_key_that_is_not_durable_yet_is_not_handed_out(tmp_path: Path) -> None:
    """A process killed at that moment would leave behind what nobody can open."""
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    store._db.execute("BEGIN IMMEDIATE")
    store._db.execute("INSERT INTO keys VALUES ('k', 'wrapped')")
    assert await store.get(["k"]) == {}
    store._db.execute("COMMIT")
    assert await store.get(["k"]) == {"k": "wrapped"}
    store.close()


@pytest.mark.wiring
@pytest.mark.parametrize("promise", PROMISES)
async def test_a_mongodb_store_keeps_its_promise(
    parts: Settings, promise: Callable[[KeyStore], Awaitable[None]]
) -> None:
    client = mongo.connect(parts.mongo.url)
    await promise(mongo.MongoKeyStore(client))
    client.close()


class Commands(CommandListener):
    """What the driver says to the server about keys."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.database_name == "careloop_keys":
            self.sent.append(event.command)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to note."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to note."""


@pytest.mark.wiring
async def test_a_mongodb_store_reads_what_a_majority_has_and_writes_many_keys_in_one_round_trip(
    parts: Settings,
) -> None:
    """A key that a minority had is gone after its fall: what was sealed with it could be opened by nobody."""
    commands = Commands()
    client = AsyncIOMotorClient(parts.mongo.url, event_listeners=[commands])
    store, ids = mongo.MongoKeyStore(client), [uuid4().hex for _ in range(1000)]
    await store.add(dict.fromkeys(ids, b"wrapped"))
    await store.get(ids)
    await store.destroy(ids)
    assert [next(iter(command)) for command in commands.sent] == ["update", "find", "update"]
    add, find, destroy = commands.sent
    assert (add["writeConcern"], destroy["writeConcern"]) == ({"w": "majority"}, {"w": "majority"})
    assert find["readConcern"]["level"] == "majority"
    client.close()
