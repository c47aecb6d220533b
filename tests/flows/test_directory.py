"""What a hospital tells about itself, from master files and its content system to whoever asks."""

import asyncio
from datetime import timedelta
from typing import Any

from deploy.demo.director import Director
from tests.support.hl7 import segment

LISTS = "/his/v1/directory"


async def put(director: Director, place: str, **entry: Any) -> Any:
    answer = await director.http.put(f"{LISTS}/{place}", json=entry)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["position"]


async def ask(director: Director, place: str, position: str = "", **params: str) -> Any:
    answer = await director.http.get(
        f"{LISTS}/{place}".rstrip("/"), params={**params, **({"min_position": position} if position else {})}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_a_doctor_of_a_master_file_gets_hours_and_an_english_name_from_the_web(director: Director) -> None:
    at = director.clock()
    stf = segment("STF", {1: "7001", 3: "赵^敏", 7: "A", 8: "0301", 18: "主任医师"})
    head = f"MSH|^~\\&|HIS|CITY|CL|CITY|{at:%Y%m%d%H%M%S}+0000||MFN^M02|D7001|P|2.5"
    assert "MSA|AA|D7001" in await director.mllp("\r".join([head, "MFI|STF||UPD|||NE", "MFE|MAD|1||7001", stf]))
    await director.rest()
    await put(director, "doctor/7001", names={"en": "Zhao Min"})
    hours = [{"weekdays": [1, 3], "starts": "08:00", "ends": "11:30"}]
    closed = [{"since": "2026-05-01", "until": "2026-05-05", "why": "劳动节"}]
    session = {"names": {"zh": "专家门诊"}, "doctor": "7001", "department": "CARD", "hours": hours, "closed": closed}
    position = await put(director, "clinic-hours/7001-expert", **session)
    [doctor] = await ask(director, "doctor", position, department="0301", lang="en", q="zhao")
    assert (doctor["name"], doctor["title"], doctor["names"]["zh"]) == ("Zhao Min", {"zh": "主任医师"}, "赵敏")
    for day, held in {"2026-04-27": 1, "2026-04-28": 0, "2026-05-04": 0, "2026-05-06": 1}.items():
        assert len(await ask(director, "clinic-hours", doctor="7001", on=day)) == held, day
    [row] = await director.get("/his/v1/messages", control_id="D7001")
    assert row["status"] == "translated"


async def test_freshness_is_shown_and_a_withdrawn_entry_is_gone(director: Director) -> None:
    await put(
        director, "news/n1", names={"zh": "流感疫苗"}, about={"zh": "到货"}, published=director.clock().isoformat()
    )
    director.clock.set(director.clock() + timedelta(hours=2), 0)
    position = await put(director, "news/n1", names={"zh": "流感疫苗"}, about={"zh": "到货"})
    [news] = [row for row in await ask(director, "", position) if row["kind"] == "news"]
    assert (news["entries"], news["age_seconds"] < 3600) == (1, True)
    gone = await director.http.delete(f"{LISTS}/news/n1")
    assert gone.status_code == 200
    assert await ask(director, "news", gone.json()["position"]) == []
    assert (await director.http.delete(f"{LISTS}/news/n1")).status_code == 404
    assert (await director.http.get(f"{LISTS}/news/n1")).status_code == 404


async def test_a_bad_entry_is_answered_with_its_field_and_the_fix(director: Director) -> None:
    bad: dict[str, dict[str, Any]] = {
        "price/x": {"names": {"zh": "x"}, "amount": -1},
        "doctor/x": {"names": {"zh": "x"}, "tittle": {"zh": "y"}},
        "department/x": {},
        "clinic-hours/x": {"names": {"zh": "x"}, "hours": [{"weekdays": [8]}]},
    }
    answers = await asyncio.gather(*(director.http.put(f"{LISTS}/{place}", json=body) for place, body in bad.items()))
    assert [answer.status_code for answer in answers] == [422] * 4
    said = [answer.json()["detail"] for answer in answers]
    assert all(
        word in text for word, text in zip(("amount", "tittle", "names", "hours.0.weekdays.0"), said, strict=True)
    )
