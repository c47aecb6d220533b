"""ADT: admissions, visits and patient details (HL7 v2 chapter 3)."""

from collections.abc import Iterable

from services.his_adapter.formats.common.head import Head
from services.his_adapter.formats.hl7.translate.context import MessageContext
from shared.contracts import his_adapter as his

BARE_DATE = len("20260309")


def admitted(c: MessageContext) -> Iterable[his.PatientFact]:
    """A01, A06: the patient was admitted."""
    yield his.PatientAdmitted(**c.head(), visit=c.visit(), diagnoses=c.diagnoses())


def discharged(c: MessageContext) -> Iterable[his.PatientFact]:
    """A03: the patient was discharged."""
    disposition = c.m.get("PV1-36")
    yield his.PatientDischarged(
        **c.head(), visit=c.visit(), diagnoses=c.diagnoses(), disposition=disposition, died=disposition in c.site.died
    )


def registered(c: MessageContext) -> Iterable[his.PatientFact]:
    """A04, A07: an outpatient or emergency visit was registered."""
    yield his.VisitRegistered(**c.head(), visit=c.visit())


def transferred(c: MessageContext) -> Iterable[his.PatientFact]:
    """A02: the patient was transferred."""
    yield his.PatientTransferred(**c.head(), visit=c.visit(), from_department=c.department(c.m.get("PV1-6"))[0])


def not_admitted(c: MessageContext) -> Iterable[his.PatientFact]:
    """A11: the admission was cancelled."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="admission")


def deleted(c: MessageContext) -> Iterable[his.PatientFact]:
    """A23: the visit record was deleted, whatever its state."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="registration")


def not_transferred(c: MessageContext) -> Iterable[his.PatientFact]:
    """A12: the transfer was cancelled."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="transfer")


def not_discharged(c: MessageContext) -> Iterable[his.PatientFact]:
    """A13: the discharge was cancelled."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="discharge")


def details(c: MessageContext) -> Iterable[his.PatientFact]:
    """A05, A28, A31 and all other events: patient details only."""
    yield his.PatientDetailsReported(**c.head())


def updated(c: MessageContext) -> Iterable[his.PatientFact]:
    """A08, A54: patient details, and PV1 if the visit is open. `at` is when the visit began."""
    yield from details(c)
    visit = c.visit()
    if visit.number and not c.m.get("PV1-45"):
        begun = c.maybe_time(c.m.get("PV1-44")) or c.when()
        head: Head = {**c.head(), "at": begun, "updated": c.when()}
        yield his.VisitUpdated(**head, visit=visit)


def died(c: MessageContext) -> Iterable[his.PatientFact]:
    """Death of the patient: PID-30 is Y or PID-29 has a time, or a discharge has a disposition of `died` in PV1-36.

    PID-30 = N takes a death back that was reported before.
    """
    indicator, since = c.m.get("PID-30").upper(), c.m.get("PID-29")
    if indicator == "Y" or (indicator != "N" and c.maybe_time(since)):
        yield his.PatientDied(**c.head(), since=c.day(since) if len(since) <= BARE_DATE else c.maybe_time(since))
    elif indicator == "N":
        yield his.DeathTakenBack(**c.head())
    elif c.m.type == "ADT^A03" and c.m.get("PV1-36") in c.site.died:
        yield his.PatientDied(**c.head(), visit_id=c.visit().visit_id)
