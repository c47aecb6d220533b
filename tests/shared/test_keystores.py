"""Both key stores keep the same promises."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared import mongo
from shared.keystore import NUMBER, KeyStore, LocalKeyStore, Residue, Term, Tie, Wrapped
from shared.settings import Settings

FIRST, SECOND = Wrapped(b"first", "1111aaaa"), Wrapped(b"second", "2222bbbb")


async def the_first_key_of_an_id_stays(store: KeyStore) -> None:
    id = uuid4().hex
    await store.add({id: FIRST})
    await store.add({id: SECOND})
    assert await store.get([id, "unknown"]) == {id: FIRST}


async def a_destroyed_key_leaves_a_tombstone_that_nothing_replaces(store: KeyStore) -> None:
    id, never = uuid4().hex, uuid4().hex
    await store.add({id: FIRST})
    assert await store.destroy([id, never]) == 1
    await store.add({id: SECOND, never: SECOND})
    assert await store.get([id, never]) == {id: None, never: None}
    assert await store.destroy([id]) == 0


async def many_keys_are_found_at_once(store: KeyStore) -> None:
    ids = [uuid4().hex for _ in range(1200)]
    await store.add({id: Wrapped(id.encode()) for id in ids})
    assert await store.get(ids) == {id: Wrapped(id.encode()) for id in ids}


async def what_two_add_at_once_has_one_key_each(store: KeyStore) -> None:
    ids = [uuid4().hex for _ in range(300)]
    await asyncio.gather(*(store.add(dict.fromkeys(ids, name)) for name in (FIRST, SECOND, Wrapped(b"elsewhere"))))
    first = await store.get(ids)
    await store.add(dict.fromkeys(ids, Wrapped(b"later")))
    assert first.keys() == set(ids)
    assert await store.get(ids) == first


async def many_keys_are_destroyed_at_once_and_each_is_counted_once(store: KeyStore) -> None:
    ids, never = [uuid4().hex for _ in range(1200)], uuid4().hex
    await store.add({id: Wrapped(id.encode()) for id in ids})
    counts = await asyncio.gather(store.destroy(ids[:900]), store.destroy([*ids[300:], never]))
    assert sum(counts) == 1200
    assert await store.get([*ids, never]) == dict.fromkeys([*ids, never])


async def nothing_is_asked_for_nothing(store: KeyStore) -> None:
    await store.add({})
    assert await store.get([]) == {}
    assert await store.destroy([]) == 0
    assert await store.exchange([]) == 0
    await store.extend({})
    await store.hold([])
    await store.untie([])
    assert await store.ties_of([]) == set()


async def outdated_keys_are_found_page_by_page_and_counted(store: KeyStore) -> None:
    ids = sorted(f"page-{uuid4().hex}" for _ in range(6))
    before = await store.counts()
    await store.add({ids[0]: FIRST, ids[1]: SECOND, ids[2]: Wrapped(b"old"), ids[3]: FIRST, ids[4]: FIRST})
    await store.destroy([ids[3]])
    outdated, after = [], "page-"
    while rows := await store.outdated(SECOND.kid, after, 2):
        outdated, after = [*outdated, *rows], rows[-1][0]
    assert [row for row in outdated if row[0] in ids] == [(ids[0], FIRST), (ids[2], Wrapped(b"old")), (ids[4], FIRST)]
    counts = await store.counts()
    more = {kid: counts[kid] - before.get(kid, 0) for kid in (FIRST.kid, SECOND.kid, "", None)}
    assert more == {FIRST.kid: 2, SECOND.kid: 1, "": 1, None: 1}


async def a_key_is_exchanged_only_where_what_was_read_still_stands(store: KeyStore) -> None:
    stands, moved, destroyed, never = (uuid4().hex for _ in range(4))
    await store.add({stands: FIRST, moved: SECOND, destroyed: FIRST})
    await store.destroy([destroyed])
    new = Wrapped(b"new", "3333cccc")
    assert await store.exchange([(id, FIRST, new) for id in (stands, moved, destroyed, never)]) == 1
    assert await store.get([stands, moved, destroyed, never]) == {stands: new, moved: SECOND, destroyed: None}


async def what_is_tied_to_several_is_found_by_each_and_gone_with_its_key(store: KeyStore) -> None:
    anna, ben, key, other = (uuid4().hex for _ in range(4))
    await store.add(dict.fromkeys((anna, ben, key, other), FIRST))
    ties = [Tie(anna, key), Tie(ben, key), Tie(ben, other)]
    await store.tie(ties)
    await store.tie(ties)
    assert [await store.tied([who]) for who in (anna, ben, "nobody")] == [{key}, {key, other}, set()]
    assert await store.destroy([key]) == 1
    assert await store.tied([anna, ben]) == {other}


async def a_key_is_stranded_where_one_that_it_is_tied_to_was_destroyed(store: KeyStore) -> None:
    anna, ben, key = (uuid4().hex for _ in range(3))
    await store.add(dict.fromkeys((anna, ben, key), FIRST))
    await store.tie([Tie(anna, key), Tie(ben, key)])
    assert key not in await store.stranded()
    await store.destroy([anna])
    assert key in await store.stranded()
    await store.destroy([key])
    assert key not in await store.stranded()


async def a_key_keeps_its_first_term_and_has_none_once_it_is_tied(store: KeyStore) -> None:
    kind, (key, tied) = uuid4().hex, (uuid4().hex for _ in range(2))
    await store.tie([], [Term(key, kind, 100), Term(tied, kind, 200)])
    await store.tie([Tie("somebody", tied)], [Term(key, kind, 300)])
    assert [each for each in await store.residue() if each.kind == kind] == [Residue(kind, 1, 100)]
    assert [each for each in await store.ended(99) if each.kind == kind] == []
    assert [each for each in await store.ended(500) if each.kind == kind] == [Term(key, kind, 100)]
    await store.destroy([key])
    assert [each for each in await store.residue() if each.kind == kind] == []
    assert [each for each in await store.ended(500) if each.kind == kind] == []


async def numbers(store: KeyStore, *ids: str) -> dict[str, int]:
    """The terms of these numbers, as they are counted."""
    return {term.key: term.until for term in await store.ended(1 << 40) if term.kind == NUMBER and term.key in ids}


async def a_number_has_a_term_that_moves_on_and_ends_for_good_once_a_record_holds_it(store: KeyStore) -> None:
    unheld, held, gone = (uuid4().hex for _ in range(3))
    counted = {each.kind: each.count for each in await store.residue()}.get(NUMBER, 0)
    await store.add({unheld: FIRST._replace(until=100), held: FIRST, gone: FIRST._replace(until=100)})
    assert await numbers(store, unheld, held, gone) == {unheld: 100, gone: 100}
    assert {each.kind: each.count for each in await store.residue()}[NUMBER] == counted + 2
    assert {term.key for term in await store.ended(99)}.isdisjoint({unheld, gone})
    assert {unheld, gone} <= {term.key for term in await store.ended(100)}
    await store.tie([Tie("somebody", unheld)])
    await store.extend({unheld: 300, held: 300, "never": 300})
    await store.extend({unheld: 200})
    assert (await store.get([unheld, held])) == {unheld: FIRST._replace(until=300), held: FIRST}
    await store.exchange([(unheld, FIRST, SECOND)])
    assert await store.get([unheld, "never"]) == {unheld: SECOND._replace(until=300)}
    await store.hold([unheld, "never"])
    await store.extend({unheld: 400})
    await store.destroy([gone])
    await store.extend({gone: 400}, begin=True)
    assert await numbers(store, unheld, held, gone) == {}
    await store.extend({unheld: 50}, begin=True)
    await store.extend({unheld: 60}, begin=True)
    assert await numbers(store, unheld, held, gone) == {unheld: 50}


async def ties_are_known_from_both_ends_until_they_are_undone(store: KeyStore) -> None:
    anna, ben, key = (uuid4().hex for _ in range(3))
    await store.tie([Tie(anna, key), Tie(ben, key)])
    assert await store.ties_of([key, "another"]) == {Tie(anna, key), Tie(ben, key)}
    await store.untie([Tie(anna, key), Tie(anna, "another")])
    assert (await store.ties_of([key]), await store.tied([anna])) == ({Tie(ben, key)}, set())


PROMISES = [
    the_first_key_of_an_id_stays,
    a_destroyed_key_leaves_a_tombstone_that_nothing_replaces,
    many_keys_are_found_at_once,
    what_two_add_at_once_has_one_key_each,
    many_keys_are_destroyed_at_once_and_each_is_counted_once,
    nothing_is_asked_for_nothing,
    what_is_tied_to_several_is_found_by_each_and_gone_with_its_key,
    a_key_is_stranded_where_one_that_it_is_tied_to_was_destroyed,
    a_key_keeps_its_first_term_and_has_none_once_it_is_tied,
    a_number_has_a_term_that_moves_on_and_ends_for_good_once_a_record_holds_it,
    ties_are_known_from_both_ends_until_they_are_undone,
    outdated_keys_are_found_page_by_page_and_counted,
    a_key_is_exchanged_only_where_what_was_read_still_stands,
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
    await asyncio.gather(*(store.add({f"k{number}": FIRST}) for number in range(50)))
    assert len(await store.get(f"k{number}" for number in range(50))) == 50
    assert writes == [1, 49] or writes == [50]
    store.close()


async def test_a_failed_write_fails_nobody_who_shares_it_in_silence(tmp_path: Path) -> None:
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    store._db.execute("CREATE TRIGGER full BEFORE INSERT ON keys BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    first, second = await asyncio.gather(store.add({"a": FIRST}), store.add({"b": FIRST}), return_exceptions=True)
    assert "disk full" in str(first)
    assert "disk full" in str(second)
    store._db.execute("DROP TRIGGER full")
    await store.add({"c": FIRST})
    assert await store.get("abc") == dict.fromkeys("abc", FIRST)
    store.close()


async def test_a_key_that_is_not_durable_yet_is_not_handed_out(tmp_path: Path) -> None:
    """A process killed at that moment would leave behind what nobody can open."""
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    store._db.execute("BEGIN IMMEDIATE")
    store._db.execute("INSERT INTO keys (id, wrapped) VALUES ('k', 'wrapped')")
    assert await store.get(["k"]) == {}
    store._db.execute("COMMIT")
    assert await store.get(["k"]) == {"k": Wrapped("wrapped")}
    store.close()


async def test_a_file_of_an_earlier_release_is_read_and_shared_with_it(tmp_path: Path) -> None:
    file = tmp_path / "keys.sqlite"
    earlier = sqlite3.connect(file, isolation_level=None)
    earlier.execute("CREATE TABLE keys (id TEXT PRIMARY KEY, wrapped BLOB)")
    add = "INSERT OR IGNORE INTO keys (id, wrapped) VALUES (?, ?)"
    earlier.execute(add, ("before", b"old"))
    here, there = LocalKeyStore(file), LocalKeyStore(file)
    earlier.execute(add, ("after", b"old"))
    await here.add({"new": FIRST})
    assert await there.get(["before", "after", "new"]) == {
        **dict.fromkeys(("before", "after"), Wrapped(b"old")),
        "new": FIRST,
    }
    for opened in (earlier, here, there):
        opened.close()


async def test_nothing_that_the_former_master_wrapped_is_left_in_the_files(tmp_path: Path) -> None:
    store, old = LocalKeyStore(tmp_path / "keys.sqlite"), Wrapped(b"under the former master", "1111aaaa")
    await store.add({"k": old})
    assert any(old.key in file.read_bytes() for file in tmp_path.iterdir())
    await store.exchange([("k", old, Wrapped(b"under the current one!!", "2222bbbb"))])
    assert not any(old.key in file.read_bytes() for file in tmp_path.iterdir())
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
    await store.add(dict.fromkeys(ids, FIRST))
    await store.get(ids)
    await store.destroy(ids)
    assert [next(iter(command)) for command in commands.sent] == ["update", "find", "update", "delete", "delete"]
    add, find, destroy, *_ = commands.sent
    assert (add["writeConcern"], destroy["writeConcern"]) == ({"w": "majority"}, {"w": "majority"})
    assert find["readConcern"]["level"] == "majority"
    client.close()
