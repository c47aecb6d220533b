"""ADT: stays, visits and who the patient is (HL7 v2 chapter 3)."""

from collections.abc import Iterable

from services.his_adapter.formats.common.head import Head
from services.his_adapter.formats.hl7.translate.context import Context
from shared.contracts import his_adapter as his

BARE_DATE = len("20260309")


def admitted(c: Context) -> Iterable[his.PatientFact]:
    """A01, A06."""
    yield his.PatientAdmitted(**c.head(), visit=c.visit(), diagnoses=c.diagnoses())


def discharged(c: Context) -> Iterable[his.PatientFact]:
    """A03."""
    left = c.m.get("PV1-36")
    yield his.PatientDischarged(
        **c.head(), visit=c.visit(), diagnoses=c.diagnoses(), disposition=left, died=left in c.site.died
    )


def registered(c: Context) -> Iterable[his.PatientFact]:
    """A04, A07."""
    yield his.VisitRegistered(**c.head(), visit=c.visit())


def transferred(c: Context) -> Iterable[his.PatientFact]:
    """A02."""
    yield his.PatientTransferred(**c.head(), visit=c.visit(), from_department=c.department(c.m.get("PV1-6"))[0])


def not_admitted(c: Context) -> Iterable[his.PatientFact]:
    """A11."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="admission")


def deleted(c: Context) -> Iterable[his.PatientFact]:
    """A23: the visit should never have been, whatever became of it."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="registration")


def not_transferred(c: Context) -> Iterable[his.PatientFact]:
    """A12."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="transfer")


def not_discharged(c: Context) -> Iterable[his.PatientFact]:
    """A13."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="discharge")


def details(c: Context) -> Iterable[his.PatientFact]:
    """A05, A28, A31 and every other event of a patient: who they are."""
    yield his.PatientDetailsReported(**c.head())


def updated(c: Context) -> Iterable[his.PatientFact]:
    """A08, A54: who they are, and what PV1 says of a visit that goes on, and when it began (`at`)."""
    yield from details(c)
    visit = c.visit()
    if visit.number and not c.m.get("PV1-45"):
        begun = c.maybe_time(c.m.get("PV1-44")) or c.when()
        head: Head = {**c.head(), "at": begun, "updated": c.when()}
        yield his.VisitUpdated(**head, visit=visit)


def died(c: Context) -> Iterable[his.PatientFact]:
    """PID-30 says so, or PID-29 when; PID-30 also says that it is not so. Else PV1-36 of a discharge may say so."""
    said, since = c.m.get("PID-30").upper(), c.m.get("PID-29")
    if said == "Y" or (said != "N" and c.maybe_time(since)):
        yield his.PatientDied(**c.head(), since=c.day(since) if len(since) <= BARE_DATE else c.maybe_time(since))
    elif said == "N":
        yield his.DeathTakenBack(**c.head())
    elif c.m.type == "ADT^A03" and c.m.get("PV1-36") in c.site.died:
        yield his.PatientDied(**c.head(), visit_id=c.visit().visit_id)
