"""What the page of a person shows of diagnoses, allergies, results and spend."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from careloop_client.contacts.models import View360
from console.screens.person.clinical import Allergies, allergies, clinical, diagnoses, result
from shared.contracts.person_facts import ReportReady
from tests.console.desks import Seat, member
from tests.contacts.test_person_360_clinical import HYPERTENSION, PENICILLIN, allergy, charge, diagnosis, head, sections

NOW = datetime(2026, 3, 9, 10, tzinfo=UTC)
LISTS = ("claims", "visits", "diagnoses", "allergies", "no_known_allergies", "results", "spend", "charges")


def days(count: float) -> str:
    return (NOW + timedelta(days=count)).isoformat()


def entry(text: str, day: float = 0, code: str = "", status: str = "active") -> dict[str, Any]:
    return {"system": "I10", "code": code, "text": text, "status": status, "since": days(day), "at": days(day)}


def report(id: str = "r", **fields: Any) -> dict[str, Any]:
    return {"report_id": id, "category": "LAB", "title": "血钾", "status": "final", "at": days(0), **fields}


def human(**fields: Any) -> View360:
    """A person of whom only this is known."""
    empty = {"cluster": ["p"], "erased": False, "identity": {}, "confirmed": {}, "dead": False, "dead_since": None}
    more = {"consents": {}, "counts": {}, "timeline": [], "incomplete": [], **{name: [] for name in LISTS}}
    return View360.model_validate({"person_id": "p", **empty, **more, **fields})


def test_a_diagnosis_of_several_visits_is_one_row_that_counts_them() -> None:
    rows = [{**entry("高血压", day, "I10"), "visit_id": f"v{day}"} for day in (9, 5, 1)]
    [shown] = diagnoses(human(diagnoses=rows).diagnoses)
    assert (shown.text, shown.visits, shown.since.isoformat(), shown.at.isoformat()) == ("高血压", 3, days(1), days(9))


def test_what_is_over_comes_after_what_is_not() -> None:
    rows = [{**entry("肺炎", 9, "J18", "resolved"), "visit_id": None}, {**entry("高血压", 1, "I10"), "visit_id": None}]
    assert [each.text for each in diagnoses(human(diagnoses=rows).diagnoses)] == ["高血压", "肺炎"]


def test_no_allergy_stated_and_none_known_are_two_things() -> None:
    none = entry("否认过敏史", code="716186003")
    assert allergies(human()) == Allergies("unstated", [])
    assert allergies(human(no_known_allergies=[none])).stated == "none-known"
    listed = allergies(human(allergies=[entry("花生", status="resolved"), entry("青霉素")]))
    assert (listed.stated, [each.text for each in listed.rows]) == ("listed", ["青霉素", "花生"])


@pytest.mark.parametrize(("codes", "of_some"), [(["429625007"], True), (["409137002", "716186003"], False)])
def test_that_none_of_some_kind_is_known_does_not_say_so_of_all(codes: list[str], of_some: bool) -> None:
    stated = allergies(human(no_known_allergies=[entry("无", code=code) for code in codes]))
    assert (stated.of_some, [stated.state(row) for row in stated.rows]) == (of_some, [f"none-known.{c}" for c in codes])
    assert not allergies(human()).of_some


def test_one_local_code_of_two_systems_is_two_diagnoses() -> None:
    rows = [{**entry("肺炎", code="77"), "system": system, "visit_id": None} for system in ("HIS-A", "LIS-B")]
    assert len(diagnoses(human(diagnoses=rows).diagnoses)) == 2


@pytest.mark.parametrize(
    ("fields", "flag"),
    [
        ({"abnormal": True, "critical": True}, "critical"),
        ({"abnormal": True, "critical": False}, "abnormal"),
        ({"abnormal": False, "critical": False}, "normal"),
        ({}, None),
    ],
)
def test_a_result_without_a_flag_is_not_called_normal(fields: dict[str, bool], flag: str | None) -> None:
    [row] = human(results=[report(**fields)]).results
    assert result(row).flag == flag


def test_of_a_person_of_whom_nothing_is_known_nothing_is_shown() -> None:
    model = clinical(human())
    assert (model["diagnoses"], model["results"], model["allergies"].stated) == ([], [], "unstated")


@pytest.mark.parametrize("erased", [False, True])
async def test_the_page_of_an_erased_person_shows_what_was_charged_and_nothing_clinical(
    tmp_path: Path, erased: bool
) -> None:
    report = ReportReady(**head(), report_id="r", title="血清钾", critical=True)
    facts = (diagnosis(HYPERTENSION), allergy(PENICILLIN), report, charge("c", "3200.50"))
    view = human(erased=erased, **sections(*facts, erased=("p",) if erased else ()))

    def answer(request: httpx.Request) -> httpx.Response:
        data = view.model_dump(mode="json") if request.url.path.endswith("/360") else []
        meta = {"as_of": days(0), "position": "", "lag": 0, "lag_as_of": None, "next": None}
        return httpx.Response(200, json={"data": data, **meta})

    seat = Seat(tmp_path, [member("liu", "nurse")], httpx.MockTransport(answer))
    seat.sits("liu")
    page = (await seat.http.get("/persons/p")).text
    clinical_texts = ("原发性高血压", "I10", "青霉素", "血清钾", "危急值", "CT检查", 'id="allergies"')
    assert [text in page for text in clinical_texts] == [not erased] * len(clinical_texts)
    assert ("3,200.50" in page, "（无名称）" in page, "已删除" in page) == (True, erased, erased)
