"""Given a master file, when it is read, then what the directory is told."""

from typing import Any

import pytest

from services.his_adapter.formats.hl7 import translate
from services.his_adapter.formats.hl7.checking import check, judge
from services.his_adapter.formats.hl7.message import Broken, parse
from tests.his_adapter.test_translate import KEY, SITE
from tests.support.hl7 import segment

MSH = "MSH|^~\\&|HIS|CITY|CL|CITY|20260309093000+0800||{}|C1|P|2.5"
STF = segment(
    "STF",
    {
        1: "1001^王伟",
        3: "王^伟",
        5: "M",
        7: "A",
        8: "0301^心内科~0302",
        10: "^^PH^^^^^^^^^01012345678",
        12: "20200101",
        18: "主任医师",
    },
)


def entries_of(kind: str, *lines: str) -> list[Any]:
    text = "\r".join([MSH.format(kind), "MFI|X||UPD|||NE", *lines])
    check(parse(text), SITE)
    return translate.entries(KEY, SITE, parse(text), "m")


def test_a_doctor_is_read_from_staff_and_practitioner() -> None:
    [entry] = entries_of("MFN^M02", "MFE|MUP|1|202603100000|1001", STF, "PRA|1001||||心血管~高血压")
    assert str(entry.entry_id) == "doctor/1001"
    assert (entry.source, entry.at.isoformat()) == ("HIS/CITY", "2026-03-09T09:30:00+08:00")
    assert entry.stated_fields == {
        "active": True,
        "names": {"zh": "王伟"},
        "title": {"zh": "主任医师"},
        "departments": ["CARD", "0302"],
        "phones": ["01012345678"],
        "specialties": ["心血管", "高血压"],
        "since": "2020-01-01",
    }


@pytest.mark.parametrize(("action", "flag", "active"), [("MAD", "A", True), ("MDC", "A", False), ("MUP", "I", False)])
def test_who_is_deactivated_is_no_longer_offered(action: str, flag: str, active: bool) -> None:
    [entry] = entries_of("MFN^M02", f"MFE|{action}|1||1001", STF.replace("|A|", f"|{flag}|"))
    assert entry.stated_fields["active"] is active


def test_a_deleted_record_is_withdrawn_entirely() -> None:
    [entry] = entries_of("MFN^M02", "MFE|MDL|1||1001")
    assert (entry.stated_fields, entry.entirely) == (None, True)


def test_a_price_has_amount_and_currency() -> None:
    cdm = "CDM|C77||血常规|全血细胞计数||||A"
    [entry] = entries_of("MFN^M04", "MFE|MAD|1||C77", cdm, "PRC|C77||LAB||25.50&CNY||||||20260101|20261231||LAB")
    assert str(entry.entry_id) == "price/C77"
    assert (entry.stated_fields["amount"], entry.stated_fields["currency"], entry.stated_fields["category"]) == (
        "25.50",
        "CNY",
        "LAB",
    )
    assert (entry.stated_fields["names"], entry.stated_fields["since"], entry.stated_fields["until"]) == (
        {"zh": "血常规"},
        "2026-01-01",
        "2026-12-31",
    )


def test_a_negative_price_is_refused_with_its_record() -> None:
    with pytest.raises(Broken, match="amount of C77") as caught:
        entries_of("MFN^M04", "MFE|MAD|1||C77", "CDM|C77||x", "PRC|C77||||-1")
    assert caught.value.segment == "MFE"


def test_a_place_is_named_by_point_of_care_room_and_bed_and_has_its_hours() -> None:
    loc = "LOC|3W^301^|三楼病房|R||1 Main St^^Beijing^^100000|^^PH^^^^^^^^^0109"
    room, hours = entries_of("MFN^M05", "MFE|MAD|1||3W^301^", loc, "LDP|3W^301^|0301^心内科||||A|||||MON^FRI^0900^1130")
    assert (str(room.entry_id), room.stated_fields["form"], room.stated_fields["department"]) == (
        "location/3W-301",
        "room",
        "CARD",
    )
    assert str(hours.entry_id) == "clinic-hours/3W-301"
    assert hours.stated_fields["hours"] == [{"weekdays": [1, 2, 3, 4, 5], "starts": "09:00:00", "ends": "11:30:00"}]


def test_days_go_round_the_week() -> None:
    *_, hours = entries_of("MFN^M05", "MFE|MAD|1||A", "LOC|A|x|C", "LDP|A|||||A|||||SAT^MON^0900^10")
    assert hours.stated_fields["hours"][0]["weekdays"] == [6, 7, 1]


def test_a_department_is_no_room() -> None:
    [entry] = entries_of("MFN^M05", "MFE|MAD|1||0301", "LOC|0301|心内科|D")
    assert (str(entry.entry_id), entry.stated_fields["names"]) == ("department/CARD", {"zh": "心内科"})


@pytest.mark.parametrize(
    ("kind", "lines", "place"),
    [
        ("MFN^M02", [], "MFE"),
        ("MFN^M02", ["MFE|XXX|1||1001", STF], "MFE"),
        ("MFN^M02", ["MFE|MAD|1||", "STF|"], "MFE"),
        ("MFN^M04", ["MFE|MAD|1||C1", "CDM|C1", "PRC|C1||||many"], "PRC"),
        ("MFN^M05", ["MFE|MAD|1||A", "LOC|A", "LDP|A|||||A|||||daily"], "LDP"),
        ("MFN^M05", ["MFE|MAD|1||A", "LOC|A", "LDP|A|||||A|||||MON^FRI^9990"], "LDP"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(kind: str, lines: list[str], place: str) -> None:
    with pytest.raises(Broken) as caught:
        entries_of(kind, *lines)
    assert caught.value.segment == place


def test_a_dry_run_shows_what_the_directory_would_be_told() -> None:
    [judged] = judge("\r".join([MSH.format("MFN^M02"), "MFE|MAD|1||1001", STF]).encode(), SITE, KEY)
    assert judged.verdict == "translated"
    assert str(judged.facts[0].entry_id) == "doctor/1001"  # type: ignore[attr-defined]
