"""What a hospital tells about itself, from master files and its content system to whoever asks."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from careloop_client import ProblemAnswered
from careloop_client.his_adapter.models import ClinicHoursFields, DoctorFields, NewsFields
from deploy.demo.director import Director
from tests.support.hl7 import segment


async def test_a_doctor_of_a_master_file_gets_hours_and_an_english_name_from_the_web(director: Director) -> None:
    at = director.clock()
    stf = segment("STF", {1: "7001", 3: "赵^敏", 7: "A", 8: "0301", 18: "主任医师"})
    head = f"MSH|^~\\&|HIS|CITY|CL|CITY|{at:%Y%m%d%H%M%S}+0000||MFN^M02|D7001|P|2.5"
    assert "MSA|AA|D7001" in await director.mllp("\r".join([head, "MFI|STF||UPD|||NE", "MFE|MAD|1||7001", stf]))
    await director.rest()
    his = director.careloop.his_adapter
    await his.put_entry("doctor", "7001", DoctorFields(names={"en": "Zhao Min"}))
    hours: Any = [{"weekdays": [1, 3], "starts": "08:00", "ends": "11:30"}]
    closed: Any = [{"since": "2026-05-01", "until": "2026-05-05", "why": "劳动节"}]
    names: Any = {"zh": "专家门诊"}
    session = ClinicHoursFields(names=names, doctor="7001", department="CARD", hours=hours, closed=closed)
    position = (await his.put_entry("clinic-hours", "7001-expert", session)).position
    asked = {"department": "0301", "lang": "en", "q": "zhao", "min_position": position}
    [doctor] = (await his.list_entries("doctor", **asked)).data
    assert (doctor.name, doctor.title, doctor.names["zh"]) == ("Zhao Min", {"zh": "主任医师"}, "赵敏")
    for day, held in {"2026-04-27": 1, "2026-04-28": 0, "2026-05-04": 0, "2026-05-06": 1}.items():
        on = date.fromisoformat(day)
        assert len((await his.list_entries("clinic-hours", doctor="7001", on=on)).data) == held, day
    [row] = (await his.list_messages(control_id="D7001")).data
    assert row.status == "translated"


async def test_freshness_is_shown_and_a_withdrawn_entry_is_gone(director: Director) -> None:
    his, texts = director.careloop.his_adapter, {"names": {"zh": "流感疫苗"}, "about": {"zh": "到货"}}
    await his.put_entry("news", "n1", NewsFields(**texts, published=director.clock()))
    director.clock.set(director.clock() + timedelta(hours=2), 0)
    position = (await his.put_entry("news", "n1", NewsFields(**texts))).position
    [news] = [row for row in (await his.get_directory(min_position=position)).data if row.kind == "news"]
    assert (news.entries, news.age_seconds < 3600) == (1, True)
    gone = await his.withdraw_entry("news", "n1")
    assert (await his.list_entries("news", min_position=gone.position)).data == []
    for asked in (his.withdraw_entry, his.get_entry):
        with pytest.raises(ProblemAnswered, match="404 entry-unknown"):
            await asked("news", "n1")


async def test_a_bad_entry_is_answered_with_its_field_and_the_fix(director: Director) -> None:
    bad: dict[str, dict[str, Any]] = {
        "price/x": {"names": {"zh": "x"}, "amount": -1},
        "doctor/x": {"names": {"zh": "x"}, "tittle": {"zh": "y"}},
        "department/x": {},
        "clinic-hours/x": {"names": {"zh": "x"}, "hours": [{"weekdays": [8]}]},
    }
    url = "/his/v1/directory"  # as no client of ours would send it
    answers = await asyncio.gather(*(director.http.put(f"{url}/{place}", json=body) for place, body in bad.items()))
    assert [answer.status_code for answer in answers] == [422] * 4
    details = [answer.json()["detail"] for answer in answers]
    assert all(
        word in text for word, text in zip(("amount", "tittle", "names", "hours.0.weekdays.0"), details, strict=True)
    )
