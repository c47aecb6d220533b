"""Masters rotate while everything runs: what opened before opens after, what was destroyed stays destroyed."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.operating import rewrapping
from deploy.operating.rewrapping import rewrap
from shared import ciphers, mongo
from shared.keystore import Exchange, KeyStore, LocalKeyStore, Tie, Wrapped
from shared.masters import Masters, WrongMasterKey
from shared.sealing import KeyRing
from shared.settings import Settings

AT = datetime(2026, 3, 9, 9, tzinfo=UTC)
SHORT, OLD, NEW = b"s" * 16, b"o" * 32, b"n" * 32
Step = tuple[str, str]
IDS = [f"k{number}" for number in range(4)]
STEPS = st.lists(
    st.tuples(st.sampled_from(["add old", "add new", "add unmarked", "destroy"]), st.sampled_from(IDS)), max_size=12
)


class Killed(Exception):
    """Raised in place of `kill -9`, which one coroutine cannot get."""


class Meanwhile(LocalKeyStore):
    """Before each page of an exchange something else happens; some exchanges are cut off, before or after the write."""

    def __init__(self, file: Path, happens: Sequence[Step], kills: Sequence[str]) -> None:
        super().__init__(file)
        self._happens, self._kills = list(happens), list(kills)

    async def exchange(self, exchanges: Sequence[Exchange]) -> int:
        if self._happens:
            await does(self, self._happens.pop(0))
        kill = self._kills.pop(0) if self._kills else ""
        if kill == "before":
            raise Killed
        exchanged = await super().exchange(exchanges)
        if kill == "after":
            raise Killed
        return exchanged


async def does(store: KeyStore, step: Step) -> None:
    """One step of another process: with the old settings, with the new ones, of an earlier release."""
    action, id = step
    match action:
        case "destroy":
            await store.destroy([id])
        case "add unmarked":
            await store.add({id: Wrapped(Masters(OLD).wrap(id.encode().ljust(32)).key)})
        case _:
            masters = Masters(OLD) if action == "add old" else Masters(NEW, [OLD])
            await store.add({id: masters.wrap(id.encode().ljust(32))})


async def rewrapped(store: KeyStore) -> None:
    """Run until it is done, started anew whenever it was killed."""
    while True:
        try:
            await rewrap(store, Masters(NEW, [OLD]))
            return
        except Killed:
            continue


@given(
    before=STEPS,
    meanwhile=STEPS,
    kills=st.lists(st.sampled_from(["", "before", "after"]), max_size=6),
    page=st.integers(1, 3),
)
@settings(max_examples=400)
def test_in_any_interleaving_exactly_what_lives_opens_and_under_the_new_master_alone(
    before: list[Step], meanwhile: list[Step], kills: list[str], page: int
) -> None:
    async def play(folder: Path) -> None:
        store = Meanwhile(folder / "keys.sqlite", meanwhile, kills)
        for step in before:
            await does(store, step)
        await rewrapped(store)
        happened = [*before, *meanwhile[: len(meanwhile) - len(store._happens)]]
        destroyed = {id for action, id in happened if action == "destroy"}
        living = {id for _, id in happened} - destroyed
        stored, alone = await store.get(IDS), Masters(NEW)
        opened = {id: key and alone.unwrap(key) for id, key in stored.items()}
        assert opened == {id: id.encode().ljust(32) for id in living} | dict.fromkeys(destroyed)
        assert await store.counts() == {None: len(destroyed), **({alone.kid: len(living)} if living else {})}
        store.close()

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rewrapping, "PAGE", page)
        asyncio.run(play(Path(folder)))


async def promise(store: KeyStore, others: Callable[[], KeyStore]) -> None:
    """A ring with both masters reads before, during and after; one with the former alone stops with a sentence."""
    ids = [f"r{number}" for number in range(25)]
    old, both = KeyRing(others(), OLD, ttl=0), KeyRing(others(), NEW, ttl=0, former=[OLD])
    ciphertexts = {id: (await old.load([id], create=True)).seal(id, b"well", "c") for id in ids}
    await old.destroy(["r3"])
    await old.tie([Tie("r1", "r2"), Tie("r4", "r3")], [old.term("r5", "rewrapped", AT)])
    progress: list[int] = []

    async def used(ring: KeyRing) -> None:
        for id, ciphertext in ciphertexts.items():
            assert (await ring.load([id])).open(id, ciphertext or "", "c") == (None if id == "r3" else b"well")

    await asyncio.gather(used(both), rewrap(store, Masters(NEW, [OLD]), progress.append), used(both))
    await used(KeyRing(others(), NEW, ttl=0))
    assert progress[-1] >= 24
    with pytest.raises(WrongMasterKey, match=rf"{Masters(NEW).kid}.*CARELOOP_KEYS__FORMER_MASTERS"):
        await KeyRing(others(), OLD, ttl=0).load(["r1"])
    assert await rewrap(store, Masters(NEW, [OLD])) == 0
    assert await both.destroy(["r1"]) == 2, "what is tied to it goes with it under the new master as under the old"
    assert await both.versions(["r1", "r2", "r3"]) == dict.fromkeys(("r1", "r2", "r3"), False)
    assert [each.count for each in await both.residue() if each.kind == "rewrapped"] == [1]


async def test_a_local_store_is_rewrapped_while_others_read_it(tmp_path: Path) -> None:
    await promise(LocalKeyStore(tmp_path / "keys.sqlite"), lambda: LocalKeyStore(tmp_path / "keys.sqlite"))


@pytest.mark.wiring
async def test_a_mongodb_store_is_rewrapped_while_others_read_it(
    parts: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrapping, "PAGE", 7)
    async with mongo.connected(parts.mongo.url) as client:
        await client.drop_database("careloop_keys")
        await promise(mongo.MongoKeyStore(client), lambda: mongo.MongoKeyStore(client))
        await client.drop_database("careloop_keys")


async def test_a_key_under_a_master_nobody_named_stops_it_and_is_named(tmp_path: Path) -> None:
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    await store.add({"a": Masters(OLD).wrap(bytes(32)), "b": Masters(b"x" * 32).wrap(bytes(32))})
    with pytest.raises(WrongMasterKey, match=rf"master {ciphers.kid('master', b'x' * 32)}"):
        await rewrap(store, Masters(NEW, [OLD]))
    store.close()


async def test_nothing_is_rewrapped_under_a_short_master(tmp_path: Path) -> None:
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    with pytest.raises(ValueError, match="16 bytes"):
        await rewrap(store, Masters(SHORT))
    store.close()


async def test_keys_of_a_short_master_come_under_a_long_one(tmp_path: Path) -> None:
    store = LocalKeyStore(tmp_path / "keys.sqlite")
    await store.add({"a": Wrapped(ciphers.wrap(SHORT, b"a" * 32)), "b": Masters(SHORT).wrap(b"b" * 32)})
    assert await rewrap(store, Masters(NEW, [SHORT])) == 2
    stored = await store.get("ab")
    assert {id: key and Masters(NEW).unwrap(key) for id, key in stored.items()} == {"a": b"a" * 32, "b": b"b" * 32}
    store.close()


@pytest.mark.parametrize(("current", "former"), [(b"", []), (NEW, [b""]), (b"m" * 31, [])])
def test_a_master_of_another_size_is_refused_with_its_setting(current: bytes, former: list[bytes]) -> None:
    with pytest.raises(ValueError, match=f"CARELOOP_KEYS__{'FORMER_MASTERS' if former else 'MASTER'}.*keys new"):
        Masters(current, former)
