"""Both key stores keep the same promises."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

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


PROMISES = [
    the_first_key_of_an_id_stays,
    a_destroyed_key_leaves_a_tombstone_that_nothing_replaces,
    many_keys_are_found_at_once,
]


@pytest.mark.parametrize("promise", PROMISES)
async def test_a_local_store_keeps_its_promise(tmp_path: Path, promise: Callable[[KeyStore], Awaitable[None]]) -> None:
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    await promise(store)
    store.close()


async def test_keys_added_at_the_same_time_share_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, writes = LocalKeyStore(tmp_path / "keys.sqlite"), []
    commit = store._commit
    monkeypatch.setattr(store, "_commit", lambda text, rows: (writes.append(len(rows)), commit(text, rows)))
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
