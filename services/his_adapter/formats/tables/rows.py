"""Turn one row of a table into FHIR resources. Pure."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.his_adapter.formats.fhir.resource import Invalid, Resource, validate
from services.his_adapter.formats.tables.cells import BadRow, CellReader, Row, zoned
from services.his_adapter.formats.tables.definitions import Table

SEXES = {"男": "male", "女": "female", "m": "male", "f": "female", "1": "male", "2": "female"}
"""GB/T 2261.1 and usual words."""
CLASSES = {"inpatient": "IMP", "outpatient": "AMB", "emergency": "EMER", "住院": "IMP", "门诊": "AMB", "急诊": "EMER"}
CANCELLED_WORDS = dict.fromkeys(("cancelled", "canceled", "取消", "已取消", "作废", "退号", "已退号"), "cancelled")
VALID_WORDS = dict.fromkeys(("active", "finished", "in-progress", "在院", "出院", "有效"), "")
VISITS = {**CANCELLED_WORDS, **VALID_WORDS}
APPOINTMENTS = {
    **CANCELLED_WORDS,
    **dict.fromkeys(("booked", "预约", "已预约"), "booked"),
    "noshow": "noshow",
    "爽约": "noshow",
}
REPORTS = {
    **{word: word for word in ("preliminary", "final", "amended", "corrected", "cancelled")},
    "初步": "preliminary",
    "正式": "final",
    "已审核": "final",
    "更正": "corrected",
    "作废": "cancelled",
}


def resources(site_key: bytes, table: Table, zone: str, row: Row) -> list[Resource]:
    """Return the valid resources of a row. Raises `BadRow`."""
    reading = CellReader(site_key, table, zone, row)
    watermark = row.get(table.watermark)
    updated = reading.time("updated") or (
        zoned(watermark, reading.zone).isoformat() if isinstance(watermark, datetime) else None
    )
    meta = {"meta": {"lastUpdated": updated}} if updated else {}
    built = [{**resource, **meta} for resource in (*_patient(reading), *ROWS[table.rows](reading))]
    for resource in built:
        try:
            validate(resource)
        except Invalid as wrong:
            raise BadRow(wrong.faults[0][0], "", wrong.faults[0][1]) from wrong
    return built


def _patient(r: CellReader) -> list[Resource]:
    """Return a Patient if the row has more than the patient's number, else []."""
    if not r.get("number") or not any(r.get(field) for field in ("name", "phone", "birth_date", "sex", "email")):
        return []
    born, telecom = r.time("birth_date"), (("phone", r.get("phone")), ("email", r.get("email")))
    optional: dict[str, Any] = {
        "name": [{"text": r.get("name")}] if r.get("name") else None,
        "gender": SEXES.get(r.get("sex").lower(), r.get("sex").lower()) or None,
        "birthDate": born[:10] if born else None,
        "telecom": [{"system": system, "value": value} for system, value in telecom if value] or None,
        "address": [{"text": r.get("address")}] if r.get("address") else None,
    }
    details = {name: value for name, value in optional.items() if value}
    return [{"resourceType": "Patient", "id": r.id("number"), **_number(r), **details}]


def _number(r: CellReader) -> dict[str, Any]:
    return {"identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": r.need("number")}]}


def _subject(r: CellReader) -> dict[str, Any]:
    return {"type": "Patient", "identifier": _number(r)["identifier"][0]}


def _patients(r: CellReader) -> list[Resource]:
    r.need("number")
    if not _patient(r):
        raise BadRow("name", r.table.columns.get("name", ""), "is empty, and so is all else about the patient")
    return []


def _visits(r: CellReader) -> list[Resource]:
    admitted, discharged, cancelled = r.time("admitted"), r.time("discharged"), r.word("status", VISITS)
    if admitted and discharged and datetime.fromisoformat(discharged) < datetime.fromisoformat(admitted):
        raise BadRow("discharged", r.table.columns["discharged"], "lies before `admitted`")
    period = {"start": admitted, "end": discharged}
    code, text = r.get("diagnosis_code"), r.get("diagnosis")
    reason = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}]} if code else {}
    visit: Resource = {
        "resourceType": "Encounter",
        "id": r.id("visit"),
        "identifier": [{"value": r.need("visit")}],
        "status": cancelled or ("finished" if discharged else "in-progress"),
        "class": {"code": r.word("class", CLASSES) or "IMP"},
        "subject": _subject(r),
        "period": {name: at for name, at in period.items() if at},
    }
    if r.get("department"):
        department = {"reference": f"Organization/{r.get('department')}", "display": r.get("department_name")}
        visit["serviceProvider"] = {name: value for name, value in department.items() if value}
    if code or text:
        visit["reasonCode"] = [{**reason, **({"text": text} if text else {})}]
    return [{**visit, **_doctor(r, "individual")}]


def _doctor(r: CellReader, role: str) -> dict[str, Any]:
    if not r.get("doctor"):
        return {}
    reference = {"reference": f"Practitioner/{r.get('doctor')}", "display": r.get("doctor_name")}
    return {"participant": [{role: {name: value for name, value in reference.items() if value}}]}


def _appointments(r: CellReader) -> list[Resource]:
    starts, status = r.time("starts"), r.word("status", APPOINTMENTS) or "booked"
    if not starts and status == "booked":
        raise BadRow("starts", r.table.columns.get("starts", ""), "is empty")
    doctors = [{**participant, "status": "accepted"} for participant in _doctor(r, "actor").get("participant", ())]
    booked: Resource = {
        "resourceType": "Appointment",
        "id": r.id("appointment"),
        "status": status,
        "participant": [{"actor": _subject(r), "status": "accepted"}, *doctors],
    }
    if starts:
        booked |= {"start": starts, "end": starts}
    if r.get("department"):
        booked["serviceType"] = [{"coding": [{"code": r.get("department")}]}]
    return [{**booked, **({"description": r.get("reason")} if r.get("reason") else {})}]


def _charges(r: CellReader) -> list[Resource]:
    try:
        value = float(r.need("amount").replace(",", ""))
    except ValueError as error:
        raise BadRow("amount", r.table.columns["amount"], "is no number") from error
    charge: Resource = {
        "resourceType": "ChargeItem",
        "id": r.id("charge"),
        "status": "billed",
        "subject": _subject(r),
        "code": {"text": r.get("item") or "?"},
        "priceOverride": {"value": value, "currency": r.get("currency") or "CNY"},
    }
    at = r.time("at")
    return [{**charge, **({"occurrenceDateTime": at} if at else {})}]


def _reports(r: CellReader) -> list[Resource]:
    at = r.time("at")
    report: Resource = {
        "resourceType": "DiagnosticReport",
        "id": r.id("report"),
        "status": r.word("status", REPORTS) or "final",
        "subject": _subject(r),
        "code": {"text": r.need("title")},
    }
    return [{**report, **({"issued": at} if at else {})}]


def _departments(r: CellReader) -> list[Resource]:
    phones = [{"system": "phone", "value": r.get("phone")}] if r.get("phone") else []
    department: Resource = {
        "resourceType": "Organization",
        "id": r.need("code"),
        "name": r.get("name_zh") or r.need("name_en"),
    }
    return [{**department, **({"telecom": phones} if phones else {})}]


def _doctors(r: CellReader) -> list[Resource]:
    names = [{"text": r.get(field)} for field in ("name_zh", "name_en") if r.get(field)]
    title = [{"code": {"text": r.get("title")}}] if r.get("title") else []
    doctor: Resource = {"resourceType": "Practitioner", "id": r.need("code"), "name": names}
    resources = [{**doctor, **({"qualification": title} if title else {})}]
    if r.get("department"):
        doctor_reference, department_reference = (
            {"reference": f"{kind}/{r.need(field)}"}
            for kind, field in (("Practitioner", "code"), ("Organization", "department"))
        )
        role = {
            "resourceType": "PractitionerRole",
            "id": r.need("code"),
            "practitioner": doctor_reference,
            "organization": department_reference,
        }
        resources.append(role)
    return resources


ROWS: dict[str, Callable[[CellReader], list[Resource]]] = {
    "patients": _patients,
    "visits": _visits,
    "appointments": _appointments,
    "charges": _charges,
    "reports": _reports,
    "departments": _departments,
    "doctors": _doctors,
}
