"""What somebody typed about a case stays on the page when the services are away."""

from pathlib import Path

import pytest

from tests.console.desks import Seat, member

OFFICER = member("zhou", "complaint-officer", department="RELATIONS")
TEXT = "已致电道歉，患者接受"


@pytest.fixture
def seat(tmp_path: Path) -> Seat:
    seat = Seat(tmp_path, [OFFICER, member("liu", "nurse")])
    seat.sits("zhou")
    return seat


async def test_a_text_is_kept_with_the_key_under_which_it_is_sent_again(seat: Seat) -> None:
    typed = {"resolution": TEXT, "revision": "2", "key": "k-1"}
    answer = await seat.http.post("/cases/c-1/resolution", data=typed)
    assert answer.status_code == 503
    for kept in (TEXT, 'name="revision" value="2"', 'name="key" value="k-1"', "服务暂时不可用"):
        assert kept in answer.text


async def test_a_new_case_is_kept_too(seat: Seat) -> None:
    typed = {"category": "complaint", "severity": "high", "source": "desk", "department": "CARD", "key": "k-2"}
    answer = await seat.http.post("/persons/p-1/new-case", data={**typed, "description": TEXT})
    assert (answer.status_code, TEXT in answer.text, 'value="k-2"' in answer.text) == (503, True, True)
    empty = await seat.http.post("/persons/p-1/new-case", data={**typed, "description": " "})
    assert (empty.status_code, "请填写情况描述" in empty.text) == (422, True)


async def test_a_contact_is_kept_too(seat: Seat) -> None:
    typed = {"kind": "phone", "value": "13800001111", "summary": TEXT, "key": "k-3"}
    answer = await seat.http.post("/touchpoint", data=typed)
    assert (answer.status_code, TEXT in answer.text, 'value="k-3"' in answer.text) == (503, True, True)
    for missing in ("value", "summary"):
        assert (await seat.http.post("/touchpoint", data={**typed, missing: ""})).status_code == 422


async def test_nobody_is_assigned_by_an_empty_choice(seat: Seat) -> None:
    answer = await seat.http.post("/cases/c-1/assignment", data={"assignee": "", "revision": "1"})
    assert (answer.status_code, "请选择处理人" in answer.text) == (422, True)


async def test_the_help_has_the_keys_of_the_screens_of_the_reader(seat: Seat) -> None:
    page = (await seat.http.get("/touchpoint")).text
    assert [f'data-key="{key}"' in page for key in "dfct"] == [True] * 4
    seat.sits("liu")
    assert 'data-key="t"' in (await seat.http.get("/find")).text
