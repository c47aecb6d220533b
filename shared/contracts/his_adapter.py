"""Published by his_adapter: what hospital systems said, keyed by hospital number (its HMAC)."""

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


class PatientFact(Event):
    """What every fact about a patient carries. `message_id` and `control_id` name the message it came from.

    `updated` is when the source wrote it down, where that is not when it happened (FHIR `meta.lastUpdated`): it tells
    late news from new. `reachable`: the erasure of the patient reaches the message; older ones have keys of their own.
    `servers` are the names of the FHIR server it came from, the one that its ids carry first; none in facts of older
    versions (`source_system` names the sender) and of other formats. `older`, empty in what is published, are pairs
    of what its things are called now and what older versions called them (`appointment/<id>`).
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
    older: tuple[tuple[str, str], ...] = ()

    @property
    def said(self) -> datetime:
        """When its source said so: the version clock."""
        return self.updated or self.at


class PatientDetailsReported(PatientFact):
    """Who the patient is, as far as the hospital knows."""

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
    """The hospital says something else of a visit that goes on: its ward, doctor or class. A field left out stays."""

    wire: ClassVar[str] = "careloop.his-adapter.visit_updated.v1"


class VisitCancelled(VisitCancellation, PatientFact):
    """A visit, or its end, was undone."""

    wire: ClassVar[str] = "careloop.his-adapter.visit_cancelled.v1"


class AppointmentBooked(AppointmentChange, PatientFact):
    """A time was booked."""

    wire: ClassVar[str] = "careloop.his-adapter.appointment_booked.v1"


class AppointmentMoved(AppointmentChange, PatientFact):
    """A booked time changed."""

    wire: ClassVar[str] = "careloop.his-adapter.appointment_moved.v1"


class AppointmentCancelled(AppointmentChange, PatientFact):
    """A booked time was given up."""

    wire: ClassVar[str] = "careloop.his-adapter.appointment_cancelled.v1"


class AppointmentMissed(AppointmentChange, PatientFact):
    """Nobody came at the booked time."""

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
    """A patient died; nothing more may be sent."""

    wire: ClassVar[str] = "careloop.his-adapter.patient_died.v1"


class DeathTakenBack(Death, PatientFact):
    """What was said of a death was wrong: the patient lives."""

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
    """Somebody belongs to a patient."""

    wire: ClassVar[str] = "careloop.his-adapter.relative_reported.v1"


class CommunicationRecorded(Communicated, PatientFact):
    """The hospital and a patient were in touch outside CareLoop."""

    wire: ClassVar[str] = "careloop.his-adapter.communication_recorded.v1"


class CoverageReported(Coverage, PatientFact):
    """Who pays for a patient."""

    wire: ClassVar[str] = "careloop.his-adapter.coverage_reported.v1"


class PatientsLinked(PatientFact):
    """The numbers in `others` are this patient too; `retired` where the hospital merged them into `patient_key`'s.

    `aliases`: they name the same record (an id on a FHIR server and its record number), so no two people were met.
    """

    wire: ClassVar[str] = "careloop.his-adapter.patients_linked.v1"

    others: tuple[Identifier, ...]
    retired: bool = False
    aliases: bool = False


class PatientsUnlinked(PatientFact):
    """The numbers in `others` are somebody else after all."""

    wire: ClassVar[str] = "careloop.his-adapter.patients_unlinked.v1"

    others: tuple[Identifier, ...]


class WaitingTimeObserved(Waiting, PatientFact):
    """A waiting time was observed."""

    wire: ClassVar[str] = "careloop.his-adapter.waiting_time_observed.v1"


class FactConfirmed(Event):
    """A newer message said of `about` what was known. Nothing changed, but older news about it no longer counts.

    `fact_type` is what the message said, so that it is known again.
    """

    wire: ClassVar[str] = "careloop.his-adapter.fact_confirmed.v1"
    key_field: ClassVar[str] = "patient_key"

    patient_key: str
    message_id: str
    about: str
    fact_type: str = ""


VisitFact = PatientAdmitted | PatientDischarged | PatientTransferred | VisitRegistered | VisitUpdated | VisitCancelled
"""Every step of a visit."""
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
"""Every fact."""
