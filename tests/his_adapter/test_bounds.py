"""Given texts and lists without end, in any format, then the free ones are cut, and what names somebody is refused."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.his_adapter.formats import meaning
from services.his_adapter.formats.cda import stay
from services.his_adapter.formats.common.hiding import hidden
from services.his_adapter.formats.fhir import intake as fhir_intake
from services.his_adapter.formats.fhir.resource import Invalid, validate
from services.his_adapter.formats.hl7.checking import check, judge
from services.his_adapter.formats.hl7.message import Broken, parse
from services.his_adapter.formats.meaning import Untranslatable
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.formats.tables.rows import resources
from shared.bus.writing import ROOM, TooLarge
from shared.codec import Refusal
from shared.contracts import his_adapter as his
from shared.contracts.base import changed
from shared.contracts.bounds import (
    MAX_ARTICLE_CHARACTERS,
    MAX_CODE_CHARACTERS,
    MAX_LINE_CHARACTERS,
    MAX_TEXT_CHARACTERS,
)
from tests.his_adapter.test_cda import SAMPLE
from tests.his_adapter.test_families import BARE
from tests.his_adapter.test_translate import message
from tests.support.fhir import KEY, NOW, SETTINGS, SITE, encounter, entries, patient, received

LONG = "长" * 900_000
Told = list[tuple[Any, tuple[str, ...]]]


def of_hl7(text: str) -> Told:
    got = his.HospitalMessageReceived(
        at=NOW, message_id="m", sender="HIS", site="default", message_type="", control_id="C", body_hash="", text=text
    )
    return list(meaning.facts_and_cuts(KEY, SITE, got))


def of_fhir(resource: dict[str, Any]) -> Told:
    return list(meaning.facts_and_cuts(KEY, SITE, received(resource)))


def of_cda(text: str) -> Told:
    more = {"format": "cda", "message_type": next(iter(stay.OURS)), "text": text}
    return list(meaning.facts_and_cuts(KEY, SITE, changed(received(patient()), **more)))


def of_row(row: dict[str, Any]) -> Told:
    definition = {"rows": "visits", "columns": {name: name for name in (*row, "number", "visit")}}
    table = Table.model_validate({"id": "t", "version": 1, **definition})
    rows = resources(KEY, table, "Asia/Shanghai", {"number": "1", "visit": "V1", **row})
    return [pair for one in rows for pair in of_fhir(one)]


def cuts(facts_and_cuts: Told) -> set[str]:
    return {place for _, shortened in facts_and_cuts for place in shortened}


def test_hl7_texts_are_cut_and_named() -> None:
    text = message(
        DG1=f"DG1|1||I21.9^{LONG}^I10",
        PV1=f"PV1|1|I|0301||||D017^{LONG}^明|||0301|||||||||V001",
        PID=f"PID|1||100234^^^CITY^MR||{LONG}^秀英||19560412|F|||{LONG}",
    )
    facts_and_cuts = of_hl7(text)
    wanted = {"diagnoses.0.text", "visit.doctor_name", "patient.name", "patient.address", "what.text"}
    assert cuts(facts_and_cuts) == wanted
    admitted = facts_and_cuts[0][0]
    assert (len(admitted.diagnoses[0].text), len(admitted.patient.name)) == (MAX_TEXT_CHARACTERS, MAX_LINE_CHARACTERS)
    assert admitted.diagnoses[0].text.endswith("长…")
    assert admitted.patient.identifiers[0].value == "100234"


def test_hl7_reports_orders_appointments_and_charges_are_cut_too() -> None:
    lines = {
        "ORU^R01": f"OBR|1|P1|F1|CT^{LONG}|||20260309||||||||||||||||||F",
        "ORM^O01": f"ORC|NW|P1\rOBR|1|P1||CT^{LONG}",
        "SIU^S12": f"SCH|A1||||||^{LONG}||||^^^20260310090000",
        "DFT^P03": f"FT1|1|T1||20260309||CG|X^{LONG}||||12.5",
    }
    for kind, line in lines.items():
        facts_and_cuts = of_hl7("\r".join([message(kind, **BARE), line]))
        assert len(cuts(facts_and_cuts)) == 1, kind
        assert max(len(fact.model_dump_json()) for fact, _ in facts_and_cuts) < 4 * MAX_TEXT_CHARACTERS


def test_fhir_cda_and_table_texts_are_cut_too() -> None:
    why = {"reasonCode": [{"text": LONG}], "serviceProvider": {"reference": "Organization/1", "display": LONG}}
    assert cuts(of_fhir(encounter("finished", **why))) == {"diagnoses.0.text", "visit.department_name"}
    assert cuts(of_cda(SAMPLE.replace("冠状动脉支架置入术", LONG))) == {"what.text"}
    assert cuts(of_row({"diagnosis": LONG, "doctor": "D1", "doctor_name": LONG})) == {
        "diagnoses.0.text",
        "visit.doctor_name",
    }
    communication = {
        "resourceType": "Communication",
        "id": "c1",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "topic": {"text": LONG},
        "payload": [{"contentString": LONG}],
    }
    [(fact, shortened)] = of_fhir(communication)
    assert (shortened, len(fact.model_dump_json()) < 2 * MAX_TEXT_CHARACTERS) == (("exchange.topic",), True)


def test_what_the_directory_is_told_is_cut_too() -> None:
    [entry] = entries({"resourceType": "Organization", "id": "o1", "name": LONG})
    assert (entry.cut, len(entry.stated_fields["names"]["zh"])) == (("names.zh",), MAX_ARTICLE_CHARACTERS)


def test_an_event_of_many_long_diagnoses_fits_a_record() -> None:
    facts_and_cuts = of_hl7("\r".join([message(), *(f"DG1|{n}||I21.{n}^{LONG[:3000]}^I10" for n in range(2, 400))]))
    admitted, shortened = facts_and_cuts[0]
    assert (len(admitted.diagnoses), "diagnoses" in shortened) == (100, True)
    assert len(orjson.dumps(admitted.model_dump(mode="json"))) * 4 / 3 < ROOM


@pytest.mark.parametrize(
    ("kind", "line", "place"),
    [
        ("ADT^A01", f"PID|1||{'9' * 201}^^^CITY^MR", "PID-3"),
        ("ADT^A01", f"PV1|1|I|0301||||||||||||||||{'V' * 201}", "PV1-19"),
        ("SIU^S12", f"SCH|{'A' * 201}", "SCH-1"),
        ("MDM^T02", f"TXA|1|||||||||||{'A' * 201}", "TXA-12"),
        ("ADT^A40", f"MRG|{'9' * 201}^^^CITY^MR", "MRG-1"),
    ],
)
def test_what_names_somebody_or_something_is_refused_at_the_door_with_its_place(
    kind: str, line: str, place: str
) -> None:
    segments = {**BARE, line[:3]: line} if line[:3] in ("PID", "PV1") else BARE
    text = "\r".join([message(kind, **segments), *([] if line[:3] in segments and segments[line[:3]] else [line])])
    with pytest.raises(Broken, match=f"more than {MAX_CODE_CHARACTERS} characters") as caught:
        check(parse(text), SITE)
    assert f"{caught.value.segment}-{caught.value.field}" == place


def test_a_long_control_id_or_sender_is_refused_at_the_door() -> None:
    for text in (message().replace("|C1|", f"|{'C' * 201}|"), message().replace("|HIS|", f"|{'H' * 201}|")):
        [judged] = judge(text.encode(), SITE, KEY)
        assert (judged.verdict, f"more than {MAX_CODE_CHARACTERS} characters" in judged.reason) == ("refused", True)


def test_what_else_goes_by_is_refused_when_it_is_translated_and_never_cut() -> None:
    with pytest.raises(Untranslatable, match="`disposition` has more than 200 characters"):
        of_hl7(message("ADT^A03", PV1=f"PV1|1|I|0301{'|' * 33}{'9' * 201}"))
    with pytest.raises(Invalid, match=r"identifier\.value"):
        validate(patient(number="9" * 201))


async def test_a_resource_that_is_too_large_to_be_kept_is_a_dead_letter_and_the_others_are_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored, refused = list[str](), list[tuple[int, str]]()

    async def store(deps: Any, messages: list[his.HospitalMessageReceived], headers: Any) -> None:
        if large := [each.message_id for each in messages if len(each.text or "") > 1_000_000]:
            raise TooLarge(large)
        stored.extend(each.control_id for each in messages)

    async def refuse(deps: Any, raw: bytes, refusal: Refusal, where: str, sender: str) -> None:
        refused.append((len(raw), refusal.detail))

    monkeypatch.setattr(fhir_intake, "store", store)
    monkeypatch.setattr(fhir_intake, "refuse", refuse)
    deps: Any = SimpleNamespace(settings=SETTINGS, clock=lambda: NOW)
    long = encounter(text={"status": "generated", "div": "x" * 2_000_000})
    await fhir_intake.FhirIntake(deps).keep([patient(), long], "his", historical=False)
    assert (stored, [detail for _, detail in refused]) == (
        [hidden("Patient/p1", KEY)],
        [f"{hidden('Encounter/e1', KEY)}: is larger than what can be kept"],
    )
