"""Both key stores say what a dictionary would, whatever is done to them."""

import asyncio
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared import mongo
from shared.keystore import KeyStore, LocalKeyStore, Term, Tie, Wrapped
from shared.settings import Settings
from tests.shared.test_keystores import FIRST, SECOND
from tests.world.keys import MemoryKeys

IDS = st.sampled_from("abcd")
DATED = ("term", "number", "extend", "begin")
STEPPED = ("add", "destroy", "rewrap", "tie", "untie", "hold", *DATED)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), IDS),
        st.tuples(st.just("destroy"), IDS),
        st.tuples(st.just("rewrap"), IDS),
        st.tuples(st.just("tie"), IDS, IDS),
        st.tuples(st.sampled_from(DATED), IDS, st.integers(0, 9)),
        st.tuples(st.just("hold"), IDS),
        st.tuples(st.just("untie"), IDS, IDS),
    ),
    max_size=25,
)


async def taken(store: KeyStore, steps: list[tuple[Any, ...]], name: str) -> dict[str, Any]:
    """What a store says after these steps; `name` tells this run's ids from others'."""
    for step, id, *more in steps:
        key = f"{name}{id}"
        match step:
            case "add":
                await store.add({key: Wrapped(id.encode(), FIRST.kid)})
            case "destroy":
                await store.destroy([key])
            case "rewrap":
                if stands := (await store.get([key])).get(key):
                    await store.exchange([(key, stands, Wrapped(stands.key + b"'", SECOND.kid))])
            case "tie":
                await store.tie([Tie(key, f"{name}{more[0]}")])
            case "untie":
                await store.untie([Tie(key, f"{name}{more[0]}")])
            case "number":
                await store.add({key: Wrapped(id.encode(), FIRST.kid, more[0])})
            case "extend" | "begin":
                await store.extend({key: more[0]}, begin=step == "begin")
            case "hold":
                await store.hold([key])
            case "term":
                await store.tie([], [Term(key, name, more[0])])
    mine = [f"{name}{id}" for id in "abcd"]
    return {
        "keys": sorted((await store.get(mine)).items()),
        "tied": [sorted(await store.tied([each])) for each in mine],
        "ties": sorted(await store.ties_of(mine)),
        "stranded": sorted(await store.stranded() & set(mine)),
        "ended": sorted(each for each in await store.ended(5) if each.key in mine),
        "residue": [each for each in await store.residue() if each.kind == name],
    }


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_both_stores_say_what_a_dictionary_would(steps: list[tuple[Any, ...]]) -> None:
    async def compared() -> None:
        with TemporaryDirectory() as folder:
            store = LocalKeyStore(Path(folder) / "keys.sqlite")
            assert await taken(store, steps, "x-") == await taken(MemoryKeys(), steps, "x-")
            store.close()

    asyncio.run(compared())


@pytest.mark.wiring
async def test_a_mongodb_store_says_what_a_dictionary_would(parts: Settings) -> None:
    client = mongo.connect(parts.mongo.url)
    random = Random(7)
    for _ in range(25):
        steps: list[tuple[Any, ...]] = []
        for _ in range(20):
            step, one, other = random.choice(STEPPED), *random.choices("abcd", k=2)
            steps.append((step, one, random.randint(0, 9)) if step in DATED else (step, one, other))
        name = f"{uuid4().hex}-"
        store = mongo.MongoKeyStore(client)
        assert await taken(store, steps, name) == await taken(MemoryKeys(), steps, name)
    client.close()
