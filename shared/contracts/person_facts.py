"""Published by contacts: the same facts as his_adapter's, now about a person. Every other service reads these."""

from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Event
from shared.contracts.contacts import Human
from shared.contracts.facts import (
    Admission,
    AppointmentChange,
    Charge,
    Clinical,
    Communicated,
    Coverage,
    Death,
    Discharge,
    Order,
    Registration,
    Relative,
    Report,
    Transfer,
    VisitCancellation,
    Waiting,
)


class PersonFact(Event):
    """What every fact about a person carries. `source_key` is the HMAC of the hospital number it came by.

    `human` says whose record this is, as the registry knew it when it told who the fact is about; None in old logs.
    `restated` are details (`Details.FIELDS`) that its message said again: they are as new as `said`, or `at`.
    """

    person_id: str
    human: Human | None = None
    source_key: str
    message_id: str = ""
    control_id: str = ""
    source_system: str = ""
    historical: bool = False
    restated: tuple[str, ...] = ()
    said: AwareDatetime | None = None


class DetailsReported(PersonFact):
    """The hospital said again who the patient is, and nothing else."""

    wire: ClassVar[str] = "careloop.contacts.details_reported.v1"


class PatientAdmitted(Admission, PersonFact):
    """An inpatient stay began."""

    wire: ClassVar[str] = "careloop.contacts.patient_admitted.v1"


class PatientDischarged(Discharge, PersonFact):
    """An inpatient stay ended."""

    wire: ClassVar[str] = "careloop.contacts.patient_discharged.v1"


class PatientTransferred(Transfer, PersonFact):
    """A patient moved within the hospital."""

    wire: ClassVar[str] = "careloop.contacts.patient_transferred.v1"


class VisitRegistered(Registration, PersonFact):
    """An outpatient or emergency visit was registered."""

    wire: ClassVar[str] = "careloop.contacts.visit_registered.v1"


class VisitUpdated(Registration, PersonFact):
    """The hospital says something else of a visit that goes on: its ward, doctor or class. A field left out stays."""

    wire: ClassVar[str] = "careloop.contacts.visit_updated.v1"


class VisitCancelled(VisitCancellation, PersonFact):
    """A visit, or its end, was undone."""

    wire: ClassVar[str] = "careloop.contacts.visit_cancelled.v1"


class AppointmentBooked(AppointmentChange, PersonFact):
    """A time was booked."""

    wire: ClassVar[str] = "careloop.contacts.appointment_booked.v1"


class AppointmentMoved(AppointmentChange, PersonFact):
    """A booked time changed."""

    wire: ClassVar[str] = "careloop.contacts.appointment_moved.v1"


class AppointmentCancelled(AppointmentChange, PersonFact):
    """A booked time was given up."""

    wire: ClassVar[str] = "careloop.contacts.appointment_cancelled.v1"


class AppointmentMissed(AppointmentChange, PersonFact):
    """Nobody came at the booked time."""

    wire: ClassVar[str] = "careloop.contacts.appointment_missed.v1"


class ReportReady(Report, PersonFact):
    """A result or document is ready."""

    wire: ClassVar[str] = "careloop.contacts.report_ready.v1"


class OrderPlaced(Order, PersonFact):
    """Something was ordered for a patient."""

    wire: ClassVar[str] = "careloop.contacts.order_placed.v1"


class ChargePosted(Charge, PersonFact):
    """Something was charged."""

    wire: ClassVar[str] = "careloop.contacts.charge_posted.v1"


class PatientDied(Death, PersonFact):
    """A patient died; nothing more may be sent."""

    wire: ClassVar[str] = "careloop.contacts.patient_died.v1"


class DeathTakenBack(Death, PersonFact):
    """What was said of a death was wrong: the person lives."""

    wire: ClassVar[str] = "careloop.contacts.death_taken_back.v1"


class DiagnosisRecorded(Clinical, PersonFact):
    """A diagnosis was recorded."""

    wire: ClassVar[str] = "careloop.contacts.diagnosis_recorded.v1"


class AllergyRecorded(Clinical, PersonFact):
    """An allergy was recorded."""

    wire: ClassVar[str] = "careloop.contacts.allergy_recorded.v1"


class ProcedureRecorded(Clinical, PersonFact):
    """A procedure was recorded."""

    wire: ClassVar[str] = "careloop.contacts.procedure_recorded.v1"


class RelativeReported(Relative, PersonFact):
    """Somebody belongs to a patient."""

    wire: ClassVar[str] = "careloop.contacts.relative_reported.v1"


class CommunicationRecorded(Communicated, PersonFact):
    """The hospital and a patient were in touch outside CareLoop."""

    wire: ClassVar[str] = "careloop.contacts.communication_recorded.v1"


class CoverageReported(Coverage, PersonFact):
    """Who pays for a person."""

    wire: ClassVar[str] = "careloop.contacts.coverage_reported.v1"


class WaitingTimeObserved(Waiting, PersonFact):
    """A waiting time was observed."""

    wire: ClassVar[str] = "careloop.contacts.waiting_time_observed.v1"
