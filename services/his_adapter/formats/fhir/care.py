"""Encounter, Appointment, DiagnosticReport, ServiceRequest, clinical resources, ChargeItem, Invoice → facts."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from services.his_adapter.formats.common.head import heading
from services.his_adapter.formats.fhir.context import ResourceContext, coding
from services.his_adapter.formats.fhir.resource import code, codes, every, first, name_of
from shared.contracts import his_adapter as his
from shared.contracts.facts import Appointment, Coded, ReportStatus, Visit

INPATIENT, EMERGENCY = ("IMP", "ACUTE", "NONAC", "OBSENC"), ("EMER",)
"""Encounter.class (v3 ActCode); all others are outpatient."""
BEGUN = ("arrived", "triaged", "in-progress", "onleave", "finished")
UNDONE = ("cancelled", "entered-in-error")
"""Encounter.status of encounters that began, and of those that did not take place."""
REPORTS: Mapping[str, ReportStatus] = {
    "partial": "preliminary",
    "preliminary": "preliminary",
    "final": "final",
    "amended": "corrected",
    "corrected": "corrected",
    "appended": "corrected",
    "cancelled": "cancelled",
    "entered-in-error": "cancelled",
}
NORMAL, CRITICAL = ("N", "NEG"), ("HH", "LL", "AA", "CRITICAL")
"""Observation.interpretation of normal and of critical results."""
OVER = ("inactive", "remission", "resolved")
"""Condition.clinicalStatus of conditions that are over."""


def encounter(c: ResourceContext) -> Iterable[his.PatientFact]:
    """Yield all events up to the encounter's current status, since earlier ones may not have been received."""
    status, head = str(first(c.r, "status")), c.head(c.time("period.start"))
    visit = _visit(c, head["patient_key"])
    if status in UNDONE:
        yield his.VisitCancelled(**heading(head, c.updated), visit=visit, undoes="registration")
    if status not in BEGUN:
        return
    inpatient = visit.patient_class == "inpatient"
    diagnoses = _diagnoses(c)
    if inpatient:
        yield his.PatientAdmitted(**head, visit=visit, diagnoses=diagnoses)
    else:
        yield his.VisitRegistered(**head, visit=visit)
    if status == "finished":
        ended = heading(head, c.time("period.end") or c.updated)
        disposition = code(c.r, "hospitalization.dischargeDisposition")
        died = disposition == "exp" or disposition in c.site.died
        yield his.PatientDischarged(**ended, visit=visit, diagnoses=diagnoses, disposition=disposition, died=died)
        if died:
            yield his.PatientDied(**ended, visit_id=visit.visit_id)
    else:
        yield his.VisitCancelled(**heading(head, c.updated), visit=visit, undoes="discharge")


def _diagnoses(c: ResourceContext) -> tuple[Coded, ...]:
    """Return the reasons of the encounter and its diagnoses, from contained conditions or by display text."""
    contained = {name: r for r in every(c.r, "contained") for name in (name_of(r), f"#{r.get('id')}")}
    diagnoses = [coding(reason) for reason in every(c.r, "reasonCode")]
    for reference in every(c.r, "diagnosis.condition"):
        condition = contained.get(c.target(reference))
        diagnoses.append(coding(condition.get("code", {})) if condition else Coded(text=reference.get("display")))
    return tuple(dict.fromkeys(diagnosis for diagnosis in diagnoses if diagnosis.code or diagnosis.text))


def _visit(c: ResourceContext, patient_key: str) -> Visit:
    kind = str(first(c.r, "class.code"))
    department_code = c.referred("serviceProvider", "Organization") or str(first(c.r, "serviceType.coding.code"))
    department, name = c.department(department_code)
    doctors = sorted(every(c.r, "participant"), key=lambda p: "ATND" not in codes(p, "type"))
    practitioners = [p["individual"] for p in doctors if c.target(p.get("individual", {})).startswith("Practitioner")]
    return Visit(
        visit_id=c.visit_key(patient_key, c.name),
        number=str(first(c.r, "identifier.value") or c.r.get("id")),
        patient_class="inpatient" if kind in INPATIENT else "emergency" if kind in EMERGENCY else "outpatient",
        department=department,
        department_name=str(first(c.r, "serviceProvider.display")) or name,
        ward=c.referred("location.location", "Location"),
        **_doctor(c, practitioners),
    )


def _doctor(c: ResourceContext, references: list[dict[str, Any]]) -> dict[str, str]:
    reference = references[0] if references else {}
    return {"doctor": c.target(reference).partition("/")[2], "doctor_name": str(first(reference, "display"))}


def appointment(c: ResourceContext) -> Iterable[his.PatientFact]:
    """Yield a booking, cancellation or no-show; other statuses (arrived, fulfilled) change no booking."""
    models: dict[str, Callable[..., his.PatientFact]] = {
        "pending": his.AppointmentBooked,
        "booked": his.AppointmentBooked,
        "cancelled": his.AppointmentCancelled,
        "entered-in-error": his.AppointmentCancelled,
        "noshow": his.AppointmentMissed,
    }
    model = models.get(str(first(c.r, "status")))
    if model is None:
        return
    actors = list(every(c.r, "participant.actor"))
    practitioners = [actor for actor in actors if c.target(actor).startswith("Practitioner/")]
    department, name = c.department(str(first(c.r, "serviceType.coding.code")))
    booked = Appointment(
        appointment_id=c.key("appointment", c.name),
        starts=c.time("start"),
        department=department,
        department_name=str(first(c.r, "serviceType.coding.display")) or name,
        reason=str(first(c.r, "reasonCode.text") or first(c.r, "description")) or None,
        **_doctor(c, practitioners),
    )
    yield model(**c.head(c.updated), appointment=booked)


def report(c: ResourceContext) -> Iterable[his.PatientFact]:
    """DiagnosticReport: title and flags only; the flags are those of contained results."""
    status = REPORTS.get(str(first(c.r, "status")))
    if status is None:
        return
    flags = {flag for result in every(c.r, "contained") for flag in codes(result, "interpretation")}
    title = c.coded("code")
    yield his.ReportReady(
        **c.head(c.time("issued", "effectiveDateTime", "effectivePeriod.end")),
        report_id=c.key("report", c.name),
        category=code(c.r, "category"),
        title=title.text or title.code,
        status=status,
        abnormal=bool(flags - set(NORMAL)) if flags else None,
        critical=bool(flags & set(CRITICAL)) if flags else None,
    )


def order(c: ResourceContext) -> Iterable[his.PatientFact]:
    """ServiceRequest: an order and its scheduled time."""
    yield his.OrderPlaced(
        **c.head(c.time("authoredOn")),
        order_id=c.key("order", c.name),
        category=code(c.r, "category"),
        what=c.coded("code"),
        status=str(first(c.r, "status")),
        scheduled=c.time("occurrenceDateTime", "occurrencePeriod.start"),
    )


def clinical(model: Any, kind: str, *dates: str) -> Callable[[ResourceContext], Iterable[his.PatientFact]]:
    """Return the translation of Condition, AllergyIntolerance or Procedure; `dates` are paths of its time."""

    def build(c: ResourceContext) -> Iterable[his.PatientFact]:
        status = "resolved" if codes(c.r, "clinicalStatus") & set(OVER) else "active"
        refuted = codes(c.r, "verificationStatus") & {"entered-in-error", "refuted"}
        if refuted or c.r.get("status") in ("entered-in-error", "not-done"):
            status = "entered-in-error"
        coded, head = c.coded("code"), c.head(c.time(*dates))
        if c.r.get("status") == "preparation" or not (coded.code or coded.text):
            return
        visit = c.visit_id(head["patient_key"], "encounter")
        yield model(**head, item_id=c.key(kind, c.name), what=coded, visit_id=visit, status=status)

    return build


def charge(c: ResourceContext) -> Iterable[his.PatientFact]:
    """ChargeItem: one charge, if it has a price and a billable status."""
    money = first(c.r, "priceOverride", None)
    if money and first(c.r, "status") not in ("planned", "not-billable", "aborted", "entered-in-error", "unknown"):
        yield _charged(
            c, c.time("occurrenceDateTime", "occurrencePeriod.start", "enteredDate"), money, "", c.coded("code")
        )


def invoice(c: ResourceContext) -> Iterable[his.PatientFact]:
    """Invoice: its lines without a ChargeItem; its total if it has no lines."""
    if first(c.r, "status") not in ("issued", "balanced"):
        return
    at, lines = c.time("date"), list(every(c.r, "lineItem"))
    for number, line in enumerate(lines, 1):
        parts = [] if line.get("chargeItemReference") else every(line, "priceComponent")
        for part in parts:
            if part.get("type") in ("base", "informational") and part.get("amount"):
                what = Coded(text=first(line, "chargeItemCodeableConcept.text") or None)
                yield _charged(c, at, part["amount"], str(number), what)
    total = first(c.r, "totalGross", None) or first(c.r, "totalNet", None)
    if not lines and total:
        yield _charged(c, at, total, "total", Coded())


def _charged(c: ResourceContext, at: Any, money: dict[str, Any], part: str, what: Coded) -> his.ChargePosted:
    head = c.head(at)
    department, _ = c.department(c.referred("performingOrganization", "Organization"))
    return his.ChargePosted(
        **head,
        charge_id=c.key("charge", c.name, part),
        amount=Decimal(str(money.get("value", 0))),
        currency=str(money.get("currency", "CNY")),
        department=department,
        visit_id=c.visit_id(head["patient_key"], "context"),
        what=what,
    )
