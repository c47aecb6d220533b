"""Given a hospital's own table, when its rows are read, then what they say or what is wrong with them."""

import csv
import hashlib
import io
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.his_adapter.formats import meaning
from services.his_adapter.formats.tables.cells import BadRow
from services.his_adapter.formats.tables.definitions import FIELDS_OF_ROWS, Table
from services.his_adapter.formats.tables.faults import BadFile
from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.formats.tables.rows import ROWS, resources
from services.his_adapter.formats.tables.sheets import rows as rows_of
from services.his_adapter.pulling.tables.waiting import check_sum, waiting
from tests.his_adapter.test_translate import facts as of_hl7
from tests.his_adapter.test_translate import message
from tests.support.fhir import KEY, SITE, entries, received

ZONE = "Asia/Shanghai"
VISITS = {"number": "病案号", "visit": "住院号", "admitted": "入院时间", "discharged": "出院时间", "department": "科室"}
WHO = {"name": "姓名", "sex": "性别", "phone": "电话"}
ROW = {
    "病案号": "100234",
    "住院号": "Z7",
    "入院时间": "2026/3/7 10:00",
    "出院时间": "2026-03-09 07:30:00",
    "科室": "org-card",
}


def table(rows: str = "visits", columns: dict[str, str] | None = None, **more: Any) -> Table:
    return Table.model_validate(
        {"id": "t", "version": 1, "rows": rows, "columns": columns or {**VISITS, **WHO}, **more}
    )


def rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    with path.open("rb") as file:
        return list(rows_of(file, path.suffix, Drop()))


def check(path: Path) -> None:
    check_sum(path, hashlib.sha256(path.read_bytes()).hexdigest())


def facts(definition: Table, row: dict[str, Any]) -> list[Any]:
    return [fact for one in resources(KEY, definition, ZONE, row) for fact in meaning.facts(KEY, SITE, received(one))]


def test_a_row_of_a_stay_says_what_hl7_would() -> None:
    admitted, discharged = facts(table(), ROW)
    assert admitted.at.isoformat() == "2026-03-07T10:00:00+08:00"
    assert discharged.at.isoformat() == "2026-03-09T07:30:00+08:00"
    assert (discharged.visit.department, discharged.visit.number) == ("CARD", "Z7")
    assert discharged.patient_key in {identifier.key for identifier in of_hl7(message())[0].patient.identifiers}


def test_a_row_that_says_who_the_patient_is_says_it_first() -> None:
    linked, details, *_ = facts(table(), {**ROW, "姓名": "王秀英", "性别": "女", "电话": 13800138000.0})
    assert (details.patient.name, details.patient.sex, details.patient.phones) == ("王秀英", "female", ("13800138000",))
    assert linked.aliases


def test_codes_are_translated_as_the_definition_says() -> None:
    columns = {**VISITS, "class": "类型", "status": "状态"}
    codes = {"class": {"ZY": "inpatient", "MZ": "outpatient"}, "status": {"9": "cancelled"}}
    translated = facts(table(columns=columns, codes=codes), {**ROW, "类型": "MZ", "出院时间": ""})
    assert translated[0].visit.patient_class == "outpatient"
    assert [fact.undoes for fact in facts(table(columns=columns, codes=codes), {**ROW, "状态": 9.0})] == [
        "registration"
    ]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-03-09 10:30", "2026-03-09T10:30:00+08:00"),
        ("2026/3/9 10:30:05", "2026-03-09T10:30:05+08:00"),
        ("20260309103000", "2026-03-09T10:30:00+08:00"),
        ("20260309", "2026-03-09T00:00:00+08:00"),
        ("2026年3月9日", "2026-03-09T00:00:00+08:00"),
        ("2026-03-09T10:30:00Z", "2026-03-09T10:30:00+00:00"),
        (datetime(2026, 3, 9, 10, 30), "2026-03-09T10:30:00+08:00"),
    ],
)
def test_times_are_read_as_hospitals_write_them(text: Any, iso: str) -> None:
    assert facts(table(), {**ROW, "入院时间": text, "出院时间": None})[0].at.isoformat() == iso


OTHERS: dict[str, tuple[dict[str, str], dict[str, Any], str]] = {
    "patients": ({"number": "n", "name": "x"}, {"n": "1", "x": "王"}, "PatientsLinked"),
    "appointments": (
        {"number": "n", "appointment": "a", "starts": "s", "doctor": "d"},
        {"n": "1", "a": "A/1", "s": "2026-03-20 09:00", "d": "17"},
        "AppointmentBooked",
    ),
    "charges": ({"number": "n", "charge": "c", "amount": "m"}, {"n": "1", "c": "C1", "m": "1,350.50"}, "ChargePosted"),
    "reports": ({"number": "n", "report": "r", "title": "t"}, {"n": "1", "r": "R1", "t": "头颅CT"}, "ReportReady"),
}


@pytest.mark.parametrize("rows", OTHERS)
def test_every_kind_of_row_about_a_patient_is_a_fact(rows: str) -> None:
    columns, row, says = OTHERS[rows]
    assert type(facts(table(rows, columns), row)[0]).__name__ == says


def test_rows_of_the_hospital_itself_go_to_the_directory() -> None:
    columns = {"code": "c", "name_zh": "z", "name_en": "e", "department": "d"}
    row = {"c": "17", "z": "李明", "e": "Li Ming", "d": "org-card"}
    doctor, role = resources(KEY, table("doctors", columns), ZONE, row)
    assert entries(doctor)[0].stated_fields["names"] == {"zh": "李明", "en": "Li Ming"}
    assert entries(role)[0].stated_fields["departments"] == ["CARD"]
    [department] = resources(
        KEY, table("departments", {"code": "c", "name_zh": "z"}), ZONE, {"c": "0301", "z": "心内科"}
    )
    assert str(entries(department)[0].entry_id) == "department/0301"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"病案号": ""}, r"number \(column '病案号'\): is empty"),
        ({"住院号": None}, r"visit \(column '住院号'\): is empty"),
        ({"入院时间": "yesterday"}, r"admitted \(column '入院时间'\): is no time"),
    ],
)
def test_a_bad_row_names_the_field_the_column_and_no_value(change: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRow, match=words) as caught:
        resources(KEY, table(), ZONE, {**ROW, **change})
    assert "yesterday" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "change", "words"),
    [
        ({"class": "类型"}, {"类型": "住院病人"}, "codes.class"),
        ({"status": "状态"}, {"状态": "停诊"}, "codes.status"),
        ({}, {"出院时间": "1900-01-01 00:00:00"}, "before `admitted`"),
    ],
)
def test_a_code_that_decides_something_is_never_guessed_at(
    columns: dict[str, str], change: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRow, match=words):
        resources(KEY, table(columns={**VISITS, **columns}), ZONE, {**ROW, **change})


def test_a_column_without_a_name_says_nothing(tmp_path: Path) -> None:
    file = tmp_path / "pandas.csv"
    file.write_text(",病案号,住院号\n7,100234,Z7\n")
    [(_, row)] = rows(file)
    assert row == {"病案号": "100234", "住院号": "Z7"}
    assert facts(table(), {**row, "": "0"})


def test_a_code_nobody_knows_is_left_out_and_stops_nothing() -> None:
    _, details, *_ = facts(table(), {**ROW, "性别": "X", "姓名": "王"})
    assert (details.patient.sex, details.patient.name) == (None, "王")


CELLS = st.none() | st.text(max_size=8) | st.floats() | st.integers() | st.booleans() | st.datetimes()


@given(st.sampled_from(sorted(FIELDS_OF_ROWS)), st.data())
def test_no_row_crashes_it(rows: str, data: Any) -> None:
    needed, more = FIELDS_OF_ROWS[rows]
    definition = table(rows, {field: field for field in (*needed, *more, "name", "sex", "birth_date", "phone")})
    row = data.draw(st.dictionaries(st.sampled_from(["", *sorted(definition.columns)]), CELLS))
    try:
        row_resources = resources(KEY, definition, ZONE, row)
    except BadRow:
        return
    assert row_resources


def test_every_kind_of_row_has_its_fields() -> None:
    assert ROWS.keys() == FIELDS_OF_ROWS.keys()


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({"columns": {"number": "n"}}, "columns.visit` is missing"),
        ({"columns": {**VISITS, "nmae": "x"}}, "columns.nmae` is no field of visits"),
        ({"view": "v_visits"}, "a view needs all of"),
        ({"url": "sqlite://", "view": "v; drop table x", "watermark": "w"}, "view"),
    ],
)
def test_a_definition_that_cannot_work_is_refused(definition: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        table(**{"columns": {**VISITS}, **definition})


LINES = [["病案号", "姓名"], ["1", "王秀英"], ["", ""], ["2", "李，明\n二行"]]


def written(delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(LINES)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_whatever_encoding_it_comes(tmp_path: Path, encoding: str, delimiter: str) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(written(delimiter).encode(encoding))
    assert rows(file) == [(2, {"病案号": "1", "姓名": "王秀英"}), (4, {"病案号": "2", "姓名": "李，明\n二行"})]


def test_excel_is_read_with_its_numbers_and_times(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet, style = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for at, name in enumerate(VISITS.values()):
            sheet.write(0, at, name)
        sheet.write_row(1, 0, [100234, "Z7"])
        sheet.write_datetime(1, 2, datetime(2026, 3, 7, 10), style)
    [(number, row)] = rows(file)
    assert number == 2
    assert facts(table(), row)[0].at.isoformat() == "2026-03-07T10:00:00+08:00"


@pytest.mark.parametrize(("name", "raw"), [("x.xlsx", b"no zip"), ("x.csv", b"\xff\x81\xff"), ("x.csv", b"")])
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, raw: bytes) -> None:
    (tmp_path / name).write_bytes(raw)
    with pytest.raises(BadFile):
        rows(tmp_path / name)


def test_a_cell_without_end_is_its_rows_matter_not_the_files(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(f"病案号,住院号,科室\n1,Z1,{'长' * 1_000_000}\n2,{'9' * 1_000_000},C\n3,Z3,C\n")
    whole, endless, short = (row for _, row in rows(tmp_path / "x.csv"))
    assert len(resources(KEY, table(), ZONE, whole)) == len(resources(KEY, table(), ZONE, short))
    with pytest.raises(BadRow, match="more than 200 characters"):
        resources(KEY, table(), ZONE, endless)


def test_a_file_waits_until_it_is_whole(tmp_path: Path) -> None:
    fresh, old, summed = (tmp_path / f"{name}.csv" for name in ("fresh", "old", "summed"))
    for file in (fresh, old, summed):
        file.write_text("a\n1\n")
    os.utime(old, (1, 1))
    (tmp_path / "summed.csv.sha256").write_text(f"{hashlib.sha256(summed.read_bytes()).hexdigest()}  summed.csv\n")
    assert waiting(tmp_path, Drop(), 5) == [old, summed]
    check(summed)
    (tmp_path / "summed.csv.sha256").write_text(hashlib.sha256(summed.read_bytes()).hexdigest().upper(), "utf-16")
    check(summed)
    summed.write_text("a\n")
    assert waiting(tmp_path, Drop(), 5) == [old], "what does not agree yet may still be on its way"
    with pytest.raises(BadFile, match="SHA-256"):
        check(summed)
    an_hour_ago = time.time() - 3600
    os.utime(fresh, (an_hour_ago, an_hour_ago))
    assert [waiting(tmp_path, Drop(), seconds) for seconds in (3000, 4000)] == [[old, fresh], [old]]
