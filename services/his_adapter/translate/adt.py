"""ADT: stays, visits and who the patient is (HL7 v2 chapter 3)."""

from collections.abc import Iterable

from services.his_adapter.translate.context import CLEARED, Context
from shared.contracts import his_adapter as his

DEAD = ("20", "40", "41", "42")
"""Discharge dispositions that say "expired" (UB-04, HL7 table 0112)."""


def admitted(c: Context) -> Iterable[his.PatientFact]:
    """A01, A06."""
    yield his.PatientAdmitted(**c.head(), visit=c.visit(), diagnoses=c.diagnoses())


def discharged(c: Context) -> Iterable[his.PatientFact]:
    """A03."""
    disposition = c.m.get("PV1-36")
    yield his.PatientDischarged(**c.head(), visit=c.visit(), diagnoses=c.diagnoses(), disposition=disposition)
    if disposition in DEAD:
        yield his.PatientDied(**c.head())


def registered(c: Context) -> Iterable[his.PatientFact]:
    """A04, A07."""
    yield his.VisitRegistered(**c.head(), visit=c.visit())


def transferred(c: Context) -> Iterable[his.PatientFact]:
    """A02."""
    yield his.PatientTransferred(**c.head(), visit=c.visit(), from_department=c.department(c.m.get("PV1-6"))[0])


def not_admitted(c: Context) -> Iterable[his.PatientFact]:
    """A11; A23 deletes a visit that should never have been."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="admission")


def not_transferred(c: Context) -> Iterable[his.PatientFact]:
    """A12."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="transfer")


def not_discharged(c: Context) -> Iterable[his.PatientFact]:
    """A13."""
    yield his.VisitCancelled(**c.head(), visit=c.visit(), undoes="discharge")


def details(c: Context) -> Iterable[his.PatientFact]:
    """A05, A08, A28, A31 and every other event of a patient: who they are, and whether they live."""
    yield his.PatientDetailsReported(**c.head())
    if c.m.get("PID-30").upper() == "Y" or c.m.get("PID-29") not in ("", CLEARED):
        yield his.PatientDied(**c.head())
