"""Published by contacts: the facts of his_adapter, keyed by person. All other services consume these."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

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
    """Fields of every fact about a person. `source_key`: HMAC of the hospital number that it came with.

    `human`: the human of this record as the registry knew it then; None in old logs. `input_id`: the input that it was
    recorded from; an input is recorded once, a correction of its message is another input. `restated`: details
    (`Details.FIELDS`) that the message repeated; they are as new as `stated_at`
    (`said` on the topic), or `at`. `historical`: from an archive or
    an old export; it is recorded, but starts no plans and no messages.
    """

    person_id: str
    human: Human | None = None
    source_key: str
    message_id: str = ""
    control_id: str = ""
    source_system: str = ""
    historical: bool = False
    input_id: str = ""
    restated: tuple[str, ...] = ()
    stated_at: AwareDatetime | None = Field(None, alias="said")


class DetailsReported(PersonFact):
    """The hospital repeated the patient's details, and nothing else."""

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
    """Data of a current visit changed: its ward, doctor or class. Empty fields did not change."""

    wire: ClassVar[str] = "careloop.contacts.visit_updated.v1"


class VisitCancelled(VisitCancellation, PersonFact):
    """A visit, or a step of it, was undone."""

    wire: ClassVar[str] = "careloop.contacts.visit_cancelled.v1"


class AppointmentBooked(AppointmentChange, PersonFact):
    """An appointment was booked."""

    wire: ClassVar[str] = "careloop.contacts.appointment_booked.v1"


class AppointmentMoved(AppointmentChange, PersonFact):
    """An appointment was moved."""

    wire: ClassVar[str] = "careloop.contacts.appointment_moved.v1"


class AppointmentCancelled(AppointmentChange, PersonFact):
    """An appointment was cancelled."""

    wire: ClassVar[str] = "careloop.contacts.appointment_cancelled.v1"


class AppointmentMissed(AppointmentChange, PersonFact):
    """The patient did not come to an appointment."""

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
    """A patient died; no more messages may be sent to them."""

    wire: ClassVar[str] = "careloop.contacts.patient_died.v1"


class DeathTakenBack(Death, PersonFact):
    """A report of a death was withdrawn: the person is alive."""

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
    """A relative of a patient was reported."""

    wire: ClassVar[str] = "careloop.contacts.relative_reported.v1"


class CommunicationRecorded(Communicated, PersonFact):
    """The hospital and a patient communicated outside CareLoop."""

    wire: ClassVar[str] = "careloop.contacts.communication_recorded.v1"


class CoverageReported(Coverage, PersonFact):
    """A person's insurance was reported."""

    wire: ClassVar[str] = "careloop.contacts.coverage_reported.v1"


class WaitingTimeObserved(Waiting, PersonFact):
    """A waiting time was observed."""

    wire: ClassVar[str] = "careloop.contacts.waiting_time_observed.v1"
