"""The key of a number has a term from the moment it is made until a record holds the number, and none from then on."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.contacts.registry.commands import MergePersons, ResolveIdentity
from services.his_adapter.facts.commands import ReportFact
from shared.codec import Codec
from shared.contracts.base import Payload
from shared.contracts.contacts import IdentityAmbiguous, IdentityResolved
from shared.contracts.contacts_identity import KeysLearned
from shared.contracts.facts import Details
from shared.contracts.his_adapter import HospitalMessageReceived, PatientDetailsReported
from shared.contracts.his_servers import FactHandedOn
from shared.keystore import LocalKeyStore
from shared.sealing import KeyRing
from shared.testing import envelope
from tests.shared.test_codec import AT

MASTER, DAY = b"m" * 32, timedelta(days=1)


class Counting(LocalKeyStore):
    """A key store that counts reads and notes the kinds of writes."""

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self.asked, self.written = 0, list[str]()

    async def get(self, ids: Any) -> Any:
        self.asked += 1
        return await super().get(ids)

    def _commit(self, *writes: Any) -> int:
        self.written += [statement.partition(" ")[0] for statement, _ in writes]
        return super()._commit(*writes)


@pytest.fixture
def store(tmp_path: Path) -> Counting:
    return Counting(tmp_path / "keys.sqlite")


@pytest.fixture
def codec(store: Counting) -> Codec:
    return Codec(KeyRing(store, MASTER))


def message(*patients: str, day: int = 0) -> Any:
    fields: dict[str, Any] = {"message_id": "m", "sender": "HIS", "site": "default", "message_type": "VXU^V04"}
    event = HospitalMessageReceived(
        at=AT + day * DAY, **fields, control_id="c", body_hash="", text="said", patients=patients
    )
    return envelope(event)._replace(recorded=event.at)


def resolved(**keys: Any) -> Any:
    """The registry's answer, sealed for a number."""
    fields: dict[str, Any] = {"at": AT, "person_id": "p", "input_id": "i", "carried_type": "t", "carried": {"x": 1}}
    return envelope(IdentityResolved(**fields, method="new", explanation="", **keys))


async def untils(store: Counting, *ids: str) -> list[int | None]:
    """On which day after the first message the term of each number ends."""
    stored = await store.get(ids)
    return [key.until and (key.until - int(AT.timestamp())) // 86400 for id in ids if (key := stored[id])]


async def test_a_term_is_moved_on_once_less_than_half_of_it_is_left(store: Counting, codec: Codec) -> None:
    for day, end in ((0, 90), (45, 90), (46, 136), (91, 136), (20, 136), (130, 220)):
        await codec.encode([message("n", day=day)])
        assert await untils(store, "n") == [end], day
    assert store.written == ["INSERT", "UPDATE", "UPDATE"]


async def test_a_number_that_a_record_holds_costs_the_door_no_more_than_a_look(store: Counting, codec: Codec) -> None:
    await codec.encode([resolved(sealed_for="n", strong=("n", "o"))])
    store.asked, store.written = 0, []
    await codec.encode([message("n", day=80)])
    assert (store.asked, store.written) == (1, [])


async def test_what_a_record_is_known_by_has_no_term_from_before_the_event_is_sealed(
    store: Counting, codec: Codec, monkeypatch: pytest.MonkeyPatch
) -> None:
    await codec.encode([message("n")])

    async def away(ids: Any) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "hold", away)
        with pytest.raises(OSError, match="full"):
            await codec.encode([resolved(sealed_for="n", strong=("n",))])
    assert await untils(store, "n") == [90]
    await codec.encode([resolved(sealed_for="n", strong=("n",))])  # and then a crash: it is decided again
    await codec.encode([message("n", day=80)])
    assert await untils(store, "n") == [None]


async def test_every_way_in_which_a_record_comes_to_hold_a_number_takes_its_term(store: Counting, codec: Codec) -> None:
    names = ("sealing", "strong", "learned", "beside", "placeholder", "taught")
    await codec.encode([message(*names)])
    assert set(await untils(store, *names)) == {90}
    message_key = "00000000-0000-0000-0000-000000000000"
    keys = {
        "strong": ("strong",),
        "learned": ("learned",),
        "beside": ("beside",),
        "message_keys": (message_key, "placeholder"),
    }
    taught = KeysLearned(at=AT, person_id="p", strong=("taught", "never met"))
    await codec.encode([resolved(sealed_for="sealing", **keys), envelope(taught)])
    assert set(await untils(store, *names, "never met")) == {None}
    assert message_key not in await store.get([message_key])


TOLD: dict[str, Any] = {"patient_key": "n", "message_id": "m"}
ASKED: dict[str, Any] = {"id": "c", "at": AT, "carried_type": "t", "carried": {"x": 1}}


@pytest.mark.parametrize(
    "message",
    [
        ReportFact(id="c", at=AT, **TOLD, fact_type="t", fact={"x": 1}),
        PatientDetailsReported(at=AT, **TOLD, patient=Details(name="Anna")),
        FactHandedOn(at=AT, **TOLD, to_key="n", fact_type="t", fact={"x": 1}),
        ResolveIdentity(**ASKED, input_id="i", sealed_for="n"),
    ],
)
async def test_whatever_is_sealed_for_a_number_first_gives_its_key_a_term(
    store: Counting, codec: Codec, message: Payload
) -> None:
    await codec.encode([envelope(message)._replace(recorded=AT)])
    assert await untils(store, "n") == [90]


async def test_what_is_sealed_for_itself_or_a_person_is_no_number(store: Counting, codec: Codec) -> None:
    asked = ResolveIdentity(**ASKED, input_id="i", sealed_for="i")
    merge = MergePersons(id="c", at=AT, person_id="p", merged_id="q", reason="same", sealed_for="p")
    await codec.encode([envelope(asked), envelope(merge)])
    assert await untils(store, "i", "p") == [None, None]


async def test_an_input_that_waits_leaves_the_number_that_seals_it_its_term(store: Counting, codec: Codec) -> None:
    fields: dict[str, Any] = {"at": AT, "input_id": "i", "carried_type": "t", "carried": {"x": 1}, "strong": ("n",)}
    waits = IdentityAmbiguous(**fields, sealed_for="n", candidates=("p", "q"), explanation="", identifiers=())
    await codec.encode([envelope(waits)._replace(recorded=AT)])
    assert await untils(store, "n") == [90]


async def test_a_door_and_a_registry_that_meet_a_number_at_once_leave_it_without_a_term(tmp_path: Path) -> None:
    """Whoever makes the key first, and whichever process each is."""
    for first in (message("n"), resolved(sealed_for="n", strong=("n",))):
        here, there = (Counting(tmp_path / f"{type(first.data).__name__}.sqlite") for _ in range(2))
        seen_before = [await here.get(["n"])]
        await Codec(KeyRing(there, MASTER)).encode([first])
        second = message("n") if isinstance(first.data, IdentityResolved) else resolved(sealed_for="n", strong=("n",))

        async def get(ids: Any, store: Counting = here, before: Any = seen_before) -> Any:
            return before.pop() if before else await LocalKeyStore.get(store, ids)

        here.get = get  # type: ignore[method-assign]
        await Codec(KeyRing(here, MASTER)).encode([second])
        assert await untils(there, "n") == [None]
