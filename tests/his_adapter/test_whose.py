"""Whose a message is, whatever its type and format, and what becomes of one that is nobody's by the time it is kept."""

import re
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from services.his_adapter.formats.cda.document import Document
from services.his_adapter.formats.cda.xml import parse as parse_xml
from services.his_adapter.formats.common import refusing, storing
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.hl7.intake import Intake
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.formats.whose import of_document, of_fhir, of_hl7, of_refused
from services.his_adapter.formats.whose.limit import MAX_PATIENTS
from shared import deadletter
from shared import raw as raw_topic
from shared.codec import Codec, Refusal
from shared.contracts.base import changed
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.deadletter import DeadLetters
from shared.definitions import Definitions
from shared.keystore import LocalKeyStore
from shared.problems import Problem
from shared.sealing import KeyRing
from shared.settings_kafka import Kafka
from tests.his_adapter.test_cda import SAMPLE
from tests.support.fhir import KEY, NOW, SETTINGS, SITE, encounter, patient

HEAD = r"MSH|^~\&|HIS|CITY|CL|CITY|20260309100000||VXU^V04|X|P|2.5"


BASIC = {"resourceType": "Basic", "id": "b", "code": {}, "author": {"reference": "https://his/fhir/Patient/p7"}}
ITEMS = [{"item": {"reference": f"Patient/{id}"}} for id in "ab"]
BROKEN = {"resourceType": "Observation", "contained": ["x"], "subject": {"reference": "#x"}}
LIST = {"resourceType": "List", "id": "l", "mode": "working", "status": "current", "entry": ITEMS}


def mrn(value: str) -> str:
    return Naming(KEY, SITE).number("MR", "", value).key


def server(id: str) -> str:
    return Naming(KEY, SITE).identifier(f"FHIR:{SITE.authority}", id, exact=True).key


@pytest.mark.parametrize(
    ("segments", "numbers"),
    [
        (["PID|1||77^^^^MR"], ["77"]),
        (["PID|1|78^^^^MR|77^^^^MR|79^^^^MR"], ["77", "78", "79"]),
        (["PID|1||77^^^^MR", "ORC|RE", "PID|2||88^^^^MR"], ["77", "88"]),
        (["PID|1||77^^^^MR", "MRG|66^^^^MR"], ["77", "66"]),
        (["QPD|Q22|1|77^^^^MR"], ["77"]),
        (["PID|1||<MRN>^^^^MR"], []),
        (["EVN|A20"], []),
    ],
)
def test_hl7_names_its_patients_wherever_they_stand(segments: list[str], numbers: list[str]) -> None:
    assert of_hl7(KEY, SITE, "\r".join([HEAD, *segments]).encode()) == tuple(map(mrn, numbers))


def test_what_names_more_people_than_a_hospital_means_is_nobodys() -> None:
    for most, count in ((MAX_PATIENTS, MAX_PATIENTS), (MAX_PATIENTS + 1, 0)):
        people = [100_000 + n for n in (*range(most), 0)]
        segments = [HEAD, *(f"PID|1||{each}^^^^MR" for each in people)]
        entries = [{"item": {"reference": f"Patient/{each}"}} for each in people]
        raw = {"mllp": "\r".join(segments).encode(), "fhir": orjson.dumps({**LIST, "entry": entries})}
        assert [len(of_refused(KEY, SITE, where, raw_text)) for where, raw_text in raw.items()] == [count, count]


def test_what_cannot_be_read_hides_nobody_who_stands_beside_it() -> None:
    raw = orjson.dumps([BROKEN, encounter(subject={"reference": "Patient/p1"}), 7])
    assert of_fhir(KEY, SITE, raw) == (server("p1"),)
    assert of_fhir(KEY, SITE, b"7") == ()


@pytest.mark.parametrize(
    ("resource", "ids"),
    [
        (encounter(subject={"reference": "Patient/p1"}), ["p1"]),
        (BASIC, ["p7"]),
        (LIST, ["b", "a"]),
        ({"resourceType": "Patient", "id": "p9"}, ["p9"]),
        ({"resourceType": "Location", "id": "x"}, []),
    ],
)
def test_fhir_names_its_patients_wherever_they_stand(resource: dict[str, Any], ids: list[str]) -> None:
    assert of_fhir(KEY, SITE, orjson.dumps(resource)) == tuple(map(server, ids))


def test_an_id_is_that_of_the_senders_patient_not_of_another_servers() -> None:
    raw = orjson.dumps(encounter(subject={"reference": "Patient/p1"}))
    named = {of_fhir(KEY, SITE, raw, sender) for sender in ("EMR", "LAB", "")}
    assert len(named) == 3
    assert {len(keys) for keys in named} == {1}
    assert (server("p1"),) == of_fhir(KEY, SITE, raw, "table/visits")


def test_a_fhir_patient_is_known_by_the_id_and_by_the_numbers() -> None:
    assert len(of_fhir(KEY, SITE, orjson.dumps(patient()))) == 2


def test_a_document_names_whom_it_is_of() -> None:
    document = Document(KEY, SITE, parse_xml(SAMPLE))
    assert of_document(KEY, SITE, SAMPLE.encode()) == tuple(number.key for number in document.identifiers())


def test_a_document_of_two_patients_names_both() -> None:
    [target] = re.findall(r"<recordTarget.*?</recordTarget>", SAMPLE, re.DOTALL)
    other = re.sub(r'extension="[^"]*"', 'extension="4711"', target)
    both = of_document(KEY, SITE, SAMPLE.replace(target, target + other).encode())
    alone = of_document(KEY, SITE, SAMPLE.replace(target, other).encode())
    assert both == (*of_document(KEY, SITE, SAMPLE.encode()), *alone)
    nobody = of_document(
        KEY, SITE, SAMPLE.replace(target, "<recordTarget><patientRole/></recordTarget>" + other).encode()
    )
    assert nobody == alone


def message_about(*patients: str, id: str = "m", kind: str = "VXU^V04") -> HospitalMessageReceived:
    text = "\r".join([HEAD, *(f"PID|1||{patient}^^^^MR" for patient in patients)])
    fields: dict[str, Any] = {"message_id": id, "sender": "HIS", "site": SITE.id, "message_type": kind, "text": text}
    return HospitalMessageReceived(at=NOW, control_id="C", body_hash="", **fields)


ANNA, BEN = mrn("anna"), mrn("ben")


class Kept:
    """What `store` needs: a topic that keeps what is sent, and does something meanwhile."""

    def __init__(self, file: Path, patch: pytest.MonkeyPatch) -> None:
        self.store = LocalKeyStore(file)
        self.ring = KeyRing(self.store, b"m" * 32)
        self.sent: list[dict[str, Any]] = []
        self.meanwhile: tuple[str, ...] = ()
        settings = changed(SETTINGS, kafka=Kafka(partitions=1))
        self.deps: Any = SimpleNamespace(codec=Codec(self.ring), ring=self.ring, producer=None, settings=settings)
        self.deps.definitions = SimpleNamespace(snapshot=Definitions.of(SITE))
        self.deps.service = SimpleNamespace(slug="his-adapter")
        patch.setattr(deadletter, "send_groups", self._send)
        patch.setattr(raw_topic, "send_spread", self._spread)

    async def _spread(self, producer: None, topic: str, partitions: int, outs: list[Any]) -> None:
        await self._send(producer, topic, 0, [outs])

    async def _send(self, producer: None, topic: str, partition: int, groups: list[Any]) -> None:
        self.sent += [orjson.loads(out.value) for group in groups for out in group]
        if self.meanwhile:
            await KeyRing(LocalKeyStore(self.file), b"m" * 32).destroy(self.meanwhile)

    @property
    def file(self) -> Path:
        return Path(self.store._db.execute("PRAGMA database_list").fetchone()[2])

    async def keep(self, message: HospitalMessageReceived) -> dict[str, Any]:
        await storing.store(self.deps, [message], [])
        return self.sent[-1]


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    return Kept(tmp_path / "keys.sqlite", monkeypatch)


async def test_a_message_of_one_patient_is_sealed_for_their_present_life(kept: Kept) -> None:
    assert (await kept.keep(message_about("anna")))["keyid"] == ANNA
    await kept.ring.destroy([ANNA])
    assert (await kept.keep(message_about("anna")))["keyid"] == f"{ANNA}~1"


async def test_a_message_of_several_goes_with_either_and_one_that_is_sent_again_begins_anew(kept: Kept) -> None:
    assert (await kept.keep(message_about("anna", "ben")))["keyid"] == "m"
    await kept.ring.destroy([BEN])
    assert await kept.ring.versions(["m"]) == {"m": False}
    assert (await kept.keep(message_about("anna", "ben")))["keyid"] == "m~1"
    await kept.ring.destroy([ANNA])
    assert await kept.ring.versions(["m", BEN]) == {"m": False, "m~1": False, BEN: False, f"{BEN}~1": True}


async def test_a_message_of_nobody_is_kept_for_a_term_and_one_of_the_hospital_for_ever(kept: Kept) -> None:
    await kept.keep(message_about())
    await kept.keep(message_about(id="directory", kind="MFN^M02"))
    [residue] = await kept.ring.residue()
    assert (residue.kind, residue.count) == ("message", 1)
    assert residue.until == int(NOW.timestamp()) + 90 * 24 * 3600


@pytest.mark.parametrize("patients", [("anna",), ("anna", "ben")])
async def test_what_is_sealed_for_somebody_who_was_erased_meanwhile_is_not_taken(
    kept: Kept, patients: tuple[str, ...]
) -> None:
    kept.meanwhile = (ANNA,)
    with pytest.raises(Problem, match="send it again"):
        await kept.keep(message_about(*patients))
    kept.meanwhile = ()
    assert (await kept.keep(message_about(*patients)))["data"]["sealed"]


def test_a_refused_row_names_its_patient_by_the_definition_of_its_table() -> None:
    table = Table(id="visits", version=1, rows="patients", columns={"number": "病案号", "name": "姓名"})
    row = orjson.dumps({"病案号": 77, "出院": "32.13."})
    assert of_refused(KEY, SITE, "table", row, "table/visits", Definitions.of(table)) == (mrn("77"),)
    assert of_refused(KEY, SITE, "table", row, "table/unknown", Definitions.of(table)) == ()


class Nothing:
    """A collection without documents."""

    async def find(self, *where: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """No document."""
        for document in list[dict[str, Any]]():
            yield document


BRANCH = changed(SITE, id="branch", authority="BRANCH", senders=("LAB/BRANCH",))


@pytest.mark.parametrize(("end", "letters"), [("", 1), ("\rBTS|2", 2)])
async def test_what_is_refused_of_a_sender_with_numbers_of_its_own_goes_with_its_patient(
    end: str, letters: int, kept: Kept
) -> None:
    deps = kept.deps
    deps.letters, deps.clock = DeadLetters("his-adapter", cast("Any", None), kept.ring, lambda: NOW), lambda: NOW
    deps.definitions.snapshot, deps.database = Definitions.of(SITE, BRANCH), {"messages": Nothing()}
    await Intake(deps).take(f"MSH|^~\\&|LAB|BRANCH\rPID|1||77{end}".encode())
    sealed_with = [f"dead-letter-{letter['subject']}" for letter in kept.sent]
    await kept.ring.destroy([mrn("77")])
    assert await kept.ring.versions(sealed_with) == dict.fromkeys(sealed_with, True)
    await kept.ring.destroy([Naming(KEY, BRANCH).number("MR", "", "77").key])
    assert (len(sealed_with), await kept.ring.versions(sealed_with)) == (letters, dict.fromkeys(sealed_with, False))


def test_what_a_credential_may_not_say_goes_with_the_patients_whom_it_names() -> None:
    ticket = orjson.dumps({"queue": "q", "ticket": "1", "number": "77", "times": {"arrived": "2026-03-09T09:00:00Z"}})
    assert of_refused(KEY, SITE, "queue", ticket) == (mrn("77"),)


async def test_whose_something_large_is_is_read_off_the_loop(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = list[bool]()

    def noting(read: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any) -> Any:
            readers.append(threading.current_thread() is threading.main_thread())
            return read(*given)

        return noted

    monkeypatch.setattr(storing, "attributed", noting(storing.attributed))
    monkeypatch.setattr(refusing, "of_refused", noting(of_refused))
    letters = list[tuple[str, ...]]()

    async def keep(record: Any, refusal: Refusal, place: str, whose: tuple[str, ...]) -> None:
        letters.append(whose)

    kept.deps.letters = SimpleNamespace(keep=keep)
    for much in ("", "x" * 70_000):
        message = changed(
            message_about("anna"), message_id=f"m{len(much)}", text=f"{message_about('anna').text}\rNTE|1||{much}"
        )
        assert (await kept.keep(message))["keyid"] == ANNA
        await refusing.refuse(kept.deps, (message.text or "").encode(), Refusal("broken", "it is"), "mllp", "HIS")
    assert letters == [(ANNA,), (ANNA,)]
    assert readers == [True, True, False, False]
