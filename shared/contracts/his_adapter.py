"""Published by his_adapter: facts from hospital systems, keyed by hospital number (its HMAC)."""

from datetime import datetime
from typing import ClassVar

from pydantic import AwareDatetime

from shared.contracts.base import Event
from shared.contracts.facts import (
    Admission,
    AppointmentChange,
    Charge,
    Clinical,
    Communicated,
    Coverage,
    Death,
    Details,
    Discharge,
    Identifier,
    Order,
    Registration,
    Relative,
    Report,
    Transfer,
    VisitCancellation,
    Waiting,
)
from shared.contracts.his_raw import FeedAdvanced as FeedAdvanced
from shared.contracts.his_raw import HospitalMessageReceived as HospitalMessageReceived
from shared.contracts.his_things import About


class PatientFact(Event):
    """Fields of every fact about a patient. `message_id` and `control_id`: the message that it came from.

    `updated`: when the source recorded it, if that differs from when it happened (FHIR `meta.lastUpdated`); it
    separates late news from new. `reachable`: an erasure of the patient destroys the key of the message; older messages
    have keys of their own. `servers`: names of the FHIR server it came from, the name in its ids first; empty in facts
    of older versions (`source_system` names the sender) and of other formats. `older`: pairs of current and former ids
    (`appointment/<id>`); empty in published facts.
    """

    key_field: ClassVar[str] = "patient_key"
    reborn: ClassVar[bool] = True

    patient_key: str
    patient: Details
    message_id: str
    control_id: str = ""
    source_system: str = ""
    historical: bool = False
    updated: AwareDatetime | None = None
    reachable: bool = False
    servers: tuple[str, ...] = ()
    older: tuple[tuple[str, About], ...] = ()

    @property
    def stated_at(self) -> datetime:
        """When its source recorded it: the version clock."""
        return self.updated or self.at


class PatientDetailsReported(PatientFact):
    """The details of a patient as the hospital knows them."""

    wire: ClassVar[str] = "careloop.his-adapter.patient_details_reported.v1"


class PatientAdmitted(Admission, PatientFact):
    """An inpatient stay began."""

    wire: ClassVar[str] = "careloop.his-adapter.patient_admitted.v1"


class PatientDischarged(Discharge, PatientFact):
    """An inpatient stay ended."""

    wire: ClassVar[str] = "careloop.his-adapter.patient_discharged.v1"


class PatientTransferred(Transfer, PatientFact):
    """A patient moved within the hospital."""

    wire: ClassVar[str] = "careloop.his-adapter.patient_transferred.v1"


class VisitRegistered(Registration, PatientFact):
    """An outpatient or emergency visit was registered."""

    wire: ClassVar[str] = "careloop.his-adapter.visit_registered.v1"


class VisitUpdated(Registration, PatientFact):
    """Data of a current visit changed: its ward, doctor or class. Empty fields did not change."""

    wire: ClassVar[str] = "careloop.his-adapter.visit_updated.v1"


class VisitCancelled(VisitCancellation, PatientFact):
    """A visit, or a step of it, was undone."""

    wire: ClassVar[str] = "careloop.his-adapter.visit_cancelled.v1"


class AppointmentBooked(AppointmentChange, PatientFact):
    """An appointment was booked."""

    wire: ClassVar[str] = "careloop.his-adapter.appointment_booked.v1"


class AppointmentMoved(AppointmentChange, PatientFact):
    """An appointment was moved."""

    wire: ClassVar[str] = "careloop.his-adapter.appointment_moved.v1"


class AppointmentCancelled(AppointmentChange, PatientFact):
    """An appointment was cancelled."""

    wire: ClassVar[str] = "careloop.his-adapter.appointment_cancelled.v1"


class AppointmentMissed(AppointmentChange, PatientFact):
    """The patient did not come to an appointment."""

    wire: ClassVar[str] = "careloop.his-adapter.appointment_missed.v1"


class ReportReady(Report, PatientFact):
    """A result or document is ready."""

    wire: ClassVar[str] = "careloop.his-adapter.report_ready.v1"


class OrderPlaced(Order, PatientFact):
    """Something was ordered for a patient."""

    wire: ClassVar[str] = "careloop.his-adapter.order_placed.v1"


class ChargePosted(Charge, PatientFact):
    """Something was charged."""

    wire: ClassVar[str] = "careloop.his-adapter.charge_posted.v1"


class PatientDied(Death, PatientFact):
    """A patient died; no more messages may be sent to them."""

    wire: ClassVar[str] = "careloop.his-adapter.patient_died.v1"


class DeathTakenBack(Death, PatientFact):
    """A report of a death was withdrawn: the patient is alive."""

    wire: ClassVar[str] = "careloop.his-adapter.death_taken_back.v1"


class DiagnosisRecorded(Clinical, PatientFact):
    """A diagnosis was recorded."""

    wire: ClassVar[str] = "careloop.his-adapter.diagnosis_recorded.v1"


class AllergyRecorded(Clinical, PatientFact):
    """An allergy was recorded."""

    wire: ClassVar[str] = "careloop.his-adapter.allergy_recorded.v1"


class ProcedureRecorded(Clinical, PatientFact):
    """A procedure was recorded."""

    wire: ClassVar[str] = "careloop.his-adapter.procedure_recorded.v1"


class RelativeReported(Relative, PatientFact):
    """A relative of a patient was reported."""

    wire: ClassVar[str] = "careloop.his-adapter.relative_reported.v1"


class CommunicationRecorded(Communicated, PatientFact):
    """The hospital and a patient communicated outside CareLoop."""

    wire: ClassVar[str] = "careloop.his-adapter.communication_recorded.v1"


class CoverageReported(Coverage, PatientFact):
    """A patient's insurance was reported."""

    wire: ClassVar[str] = "careloop.his-adapter.coverage_reported.v1"


class PatientsLinked(PatientFact):
    """The numbers in `others` belong to this patient too; `retired`: the hospital merged them into `patient_key`'s.

    `aliases`: they are other numbers of the same record (an id on a FHIR server and its record number).
    """

    wire: ClassVar[str] = "careloop.his-adapter.patients_linked.v1"

    others: tuple[Identifier, ...]
    retired: bool = False
    aliases: bool = False


class PatientsUnlinked(PatientFact):
    """The numbers in `others` belong to somebody else after all."""

    wire: ClassVar[str] = "careloop.his-adapter.patients_unlinked.v1"

    others: tuple[Identifier, ...]


class WaitingTimeObserved(Waiting, PatientFact):
    """A waiting time was observed."""

    wire: ClassVar[str] = "careloop.his-adapter.waiting_time_observed.v1"


class FactConfirmed(Event):
    """A newer message repeated what was known about `about`: nothing changed, but older messages no longer count.

    `fact_type`: the type of the repeated fact.
    """

    wire: ClassVar[str] = "careloop.his-adapter.fact_confirmed.v1"
    key_field: ClassVar[str] = "patient_key"

    patient_key: str
    message_id: str
    about: About
    fact_type: str = ""


VisitFact = PatientAdmitted | PatientDischarged | PatientTransferred | VisitRegistered | VisitUpdated | VisitCancelled
"""All steps of a visit."""
Fact = (
    VisitFact
    | PatientDetailsReported
    | AppointmentBooked
    | AppointmentMoved
    | AppointmentCancelled
    | AppointmentMissed
    | ReportReady
    | OrderPlaced
    | ChargePosted
    | PatientDied
    | DeathTakenBack
    | DiagnosisRecorded
    | AllergyRecorded
    | ProcedureRecorded
    | WaitingTimeObserved
    | CoverageReported
    | RelativeReported
    | CommunicationRecorded
    | PatientsLinked
    | PatientsUnlinked
)
"""All facts."""
