"""The key ring: what one piece of work has in hand stays in hand; what is written is sealed with a living key."""

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.contacts.registry import REGISTRY, Registry
from services.his_adapter.facts.commands import ReportFact
from services.his_adapter.facts.domain import DECIDER as PATIENTS
from services.his_adapter.facts.state import Patient
from shared import sealing
from shared.bus.writing import Out
from shared.codec import Codec, Encoded
from shared.contracts.contacts import PersonRegistered, PersonsUnmerged
from shared.contracts.facts import Details
from shared.contracts.his_adapter import ChargePosted, PatientDetailsReported
from shared.contracts.his_servers import FactHandedOn
from shared.decider import checkpoint
from shared.decider.partition import Decision, Partition
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.keystore import LocalKeyStore, Wrapped
from shared.masters import Masters
from shared.sealing import KeyRing
from shared.testing import envelope
from tests.shared.test_codec import AT, DETAILS

MASTER = b"m" * 32


def record(value: bytes) -> Any:
    return Encoded(value)


class SlowStore(LocalKeyStore):
    """Answers for the key `slow` only once it is let go."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.answer: dict[str, Wrapped | None] = {}

    async def get(self, ids: Any) -> dict[str, Wrapped | None]:
        wanted = list(ids)
        if wanted == ["slow"]:
            self.asked.set()
            await self.go.wait()
            return self.answer or await super().get(wanted)
        return await super().get(wanted)


async def test_loads_of_many_others_take_no_key_from_a_decode_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One key in hand, the other on its way from the store; meanwhile the ring throws out what is old."""
    now = 0.0
    monkeypatch.setattr(sealing.time, "monotonic", lambda: now)
    written = [envelope(PersonRegistered(at=AT, person_id=id, details=DETAILS)) for id in ("quick", "slow")]
    file = tmp_path / "keys.sqlite"
    values = await Codec(KeyRing(LocalKeyStore(file), MASTER)).encode(written)
    store = SlowStore(file)
    ring = KeyRing(store, MASTER, ttl=5)
    many = [f"k{number}" for number in range(sealing._MANY + 1)]
    await ring.load(many, create=True)
    await ring.load(["quick"])
    now = 4.0
    reading = asyncio.create_task(Codec(ring).decode([record(value) for value in values]))
    await store.asked.wait()
    now = 6.0
    await ring.load(["another"], create=True)
    store.go.set()
    assert await reading == written


FACT = PatientDetailsReported(at=AT, patient_key="k", patient=DETAILS, message_id="m")
REGISTERED = PersonRegistered(at=AT, person_id="p", details=DETAILS)


@pytest.fixture
def processes(tmp_path: Path) -> tuple[KeyRing, KeyRing]:
    """Two processes over one store, each trusting what it read for a minute."""
    here, there = (KeyRing(LocalKeyStore(tmp_path / "keys.sqlite"), MASTER, ttl=60) for _ in range(2))
    return here, there


async def erased(ring: KeyRing, id: str) -> None:
    await ring.destroy({id, *await ring.versions([id])})


async def test_what_comes_right_after_an_erasure_elsewhere_is_sealed_with_the_new_key_version(
    processes: tuple[KeyRing, KeyRing],
) -> None:
    here, there = processes
    [before] = await Codec(here).encode([envelope(FACT)])
    for version in ("k~1", "k~2"):
        await erased(there, "k")
        [after] = await Codec(here).encode([envelope(FACT)])
        assert orjson.loads(after)["keyid"] == version
        [read] = await Codec(there).decode([record(after)])
        assert read.data.patient.name == "王秀英"
    [read] = await Codec(there).decode([record(before)])
    assert read.data.patient.name is None


async def test_of_a_person_erased_elsewhere_nothing_is_sealed_from_then_on(processes: tuple[KeyRing, KeyRing]) -> None:
    here, there = processes
    await Codec(here).encode([envelope(REGISTERED)])
    await erased(there, "p")
    [after] = await Codec(here).encode([envelope(REGISTERED)])
    assert orjson.loads(after)["data"]["sealed"] is None


async def test_what_follows_from_the_life_before_is_sealed_with_its_key_that_is_to_say_not_at_all(
    processes: tuple[KeyRing, KeyRing],
) -> None:
    """A reader may not have noticed the erasure yet, and carry on what it read."""
    here, there = processes
    [before] = await Codec(here).encode([envelope(FACT)])
    [read] = await Codec(here).decode([record(before)])
    await erased(there, "k")
    [stale] = await Codec(here).decode([record(before)])
    assert (stale.data.patient.name, stale.keyid) == ("王秀英", "k")
    same, other = await Codec(here).encode([read, envelope(REGISTERED)._replace(keyid="k")])
    assert [orjson.loads(value)["data"]["sealed"] for value in (same, other)] == [None, None]
    assert [orjson.loads(value)["keyid"] for value in (same, other)] == ["k", "p"]


async def test_whoever_decides_opens_nothing_that_was_erased_elsewhere(processes: tuple[KeyRing, KeyRing]) -> None:
    here, there = processes
    [value] = await Codec(here).encode([envelope(FACT)])
    await erased(there, "k")
    [read] = await Codec(here).decode([record(value)], ask=True)
    assert read.data.patient.name is None


async def test_an_erasure_here_holds_at_once_also_for_a_load_under_way(tmp_path: Path) -> None:
    """The store was asked before the erasure and answers after it."""
    store = SlowStore(tmp_path / "keys.sqlite")
    ring = KeyRing(store, MASTER, ttl=60)
    await store.add({"slow": Masters(MASTER).wrap(bytes(32))})
    reading = asyncio.create_task(ring.load(["slow"]))
    await store.asked.wait()
    answered = await LocalKeyStore(tmp_path / "keys.sqlite").get(["slow"])
    store.answer = answered
    await ring.destroy(["slow"])
    store.go.set()
    assert not (await reading).knows("slow")
    assert not (await ring.load(["slow"])).knows("slow")


DEFINITIONS = Definitions()


def charged(memory: Partition[Patient], id: str, keyid: str = "") -> Decision:
    """Patient k is charged for something, in a command that was sealed with `keyid`."""
    fact = ChargePosted(at=AT, patient_key="k", patient=Details(), message_id=id, charge_id=id, amount=Decimal("12.50"))
    command = ReportFact(
        id=id, at=AT, patient_key="k", message_id=id, fact_type=fact.wire, fact=fact.model_dump(mode="json")
    )
    written = Envelope(command, id, "/t", AT, AT, correlation_id=id, causation_id=id, keyid=keyid)
    return memory.handle(written, memory.command_offset + 1, DEFINITIONS, AT)


def how(memory: Partition[Patient], charge: str) -> bytes:
    """How a charge stands in the patient's state; zeros where it was erased."""
    clock = memory.aggregates["k"].state.clock("k", f"charge/{charge}")
    assert clock is not None
    return clock.how


NOTHING = bytes(8)


async def restored(ring: KeyRing, records: Iterable[Out]) -> Partition[Patient]:
    memory: Partition[Patient] = Partition(PATIENTS, "test-0")
    stored = {out.key: out.value for out in records if out.value is not None}
    await checkpoint.restore(memory, Patient, stored, ring)
    return memory


async def test_a_checkpoint_of_a_patient_who_came_back_keeps_what_was_told_since(
    processes: tuple[KeyRing, KeyRing],
) -> None:
    here, there = processes
    memory: Partition[Patient] = Partition(PATIENTS, "test-0")
    charged(memory, "one", "k")
    await checkpoint.records(memory, sorted(memory.dirty), here)
    await erased(there, "k")
    charged(memory, "two", "k~1")
    again = await restored(there, await checkpoint.records(memory, sorted(memory.dirty), here))
    assert again.aggregates["k"].state == memory.aggregates["k"].state
    assert how(again, "two") == how(memory, "two") != NOTHING


async def charged_then_erased(here: KeyRing, eraser: KeyRing) -> Partition[Patient]:
    """A patient of one charge, whose key `here` knew before it was destroyed by the `eraser`."""
    memory: Partition[Patient] = Partition(PATIENTS, "test-0")
    charged(memory, "one", "k")
    await here.load(["k"], create=True)
    await erased(eraser, "k")
    return memory


async def test_what_was_known_before_an_erasure_is_not_sealed_for_the_life_after_it(
    processes: tuple[KeyRing, KeyRing],
) -> None:
    here, there = processes
    memory = await charged_then_erased(here, there)
    charged(memory, "two", "k~1")
    woken = await restored(there, await checkpoint.records(memory, sorted(memory.dirty), here))
    await erased(there, "k")
    charged(woken, "three", "k~2")
    assert {how(woken, "one"), how(woken, "two")} == {NOTHING}
    assert how(woken, "three") != NOTHING


async def test_which_key_version_a_command_belongs_to_is_read_from_its_key(processes: tuple[KeyRing, KeyRing]) -> None:
    here, _ = processes
    command = ReportFact(id="c", at=AT, patient_key="k", message_id="m", fact_type="t", fact={"a": 1})
    written = Envelope(command, "c", "/t", AT, AT, correlation_id="c", causation_id="c")
    for version in ("k", "k~1", "k~2"):
        [value] = await Codec(here).encode([written])
        [read] = await Codec(here).decode([record(value)])
        assert read.keyid == version
        await erased(here, "k")


async def test_what_is_handed_on_is_sealed_for_whom_it_is_of_and_ends_nothing_of_who_hands_it(
    processes: tuple[KeyRing, KeyRing],
) -> None:
    here, _ = processes
    memory: Partition[Patient] = Partition(PATIENTS, "test-0")
    charged(memory, "one", "k")
    handed = FactHandedOn(at=AT, patient_key="k", to_key="other", message_id="m", fact_type="t", fact={"a": 1})
    for sequence, version in enumerate(("other", "other~1"), 2):
        [value] = await Codec(here).encode([envelope(handed, sequence)])
        [read] = await Codec(here).decode([record(value)])
        assert (read.keyid, read.data.fact) == (version, {"a": 1})
        memory.replay(read, sequence)
        await erased(here, "other")
    assert (memory.aggregates["k"].sequence, memory.aggregates["k"].keyid) == (3, "k")
    assert how(memory, "one") != NOTHING


def test_the_registry_holds_many_people_and_belongs_to_no_key_version_of_one() -> None:
    memory: Partition[Registry] = Partition(REGISTRY, "test-0")
    for sequence, keyid in enumerate(("k", "k~1"), 1):
        unmerged = PersonsUnmerged(at=AT, person_id="p", separated_id="q", clusters=(("p",), ("q",)), sealed_for="p")
        memory.replay(envelope(unmerged, sequence)._replace(keyid=keyid), sequence)
    [aggregate] = memory.aggregates.values()
    assert aggregate.state.cluster("p") == ("p",)


async def test_a_checkpoint_never_seals_one_key_version_with_the_next(processes: tuple[KeyRing, KeyRing]) -> None:
    """Erased between the last message and the checkpoint: the state is of a key version that is destroyed."""
    here, there = processes
    memory = await charged_then_erased(here, there)
    _, bucket = await checkpoint.records(memory, sorted(memory.dirty), here)
    assert orjson.loads(bucket.value or b"")["sealed"] is None


async def test_a_checkpoint_written_with_the_dead_key_still_restores_without_what_it_sealed(
    processes: tuple[KeyRing, KeyRing],
) -> None:
    """What comes next begins the new key version, and is kept."""
    here, _ = processes
    memory = await charged_then_erased(here, here)
    woken = await restored(here, await checkpoint.records(memory, sorted(memory.dirty), here))
    assert how(woken, "one") == NOTHING
    answer = charged(woken, "two", "k~1")
    assert answer.events[0].sequence == 2
    again = await restored(here, await checkpoint.records(woken, sorted(woken.dirty), here))
    assert how(again, "two") == how(woken, "two") != NOTHING
