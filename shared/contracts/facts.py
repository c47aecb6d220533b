"""What hospital systems report about people, whoever publishes it: the payloads, once.

his_adapter publishes them keyed by hospital number, contacts again keyed by person.
FHIR resources named in the docstrings are what the same fact is there.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime

from shared.contracts.base import Part, Personal
from shared.contracts.bounds import MANY_FREE, FreeLine, FreeText

Sex = Literal["male", "female", "other", "unknown"]
PatientClass = Literal["inpatient", "outpatient", "emergency", "other"]
ReportStatus = Literal["preliminary", "final", "corrected", "cancelled"]
Stage = Literal["registration", "consultation", "examination", "cashier", "pharmacy"]


BARE_ID, SERVER_ID = "FHIR:", "FHIR-SERVER:"
"""How the systems of ids on a FHIR server begin: as older versions wrote them, without the server, and with it."""


class Identifier(Part):
    """A number and who gave it (`system`, for example `MRN:CITY-HOSPITAL`, `phone`, `national-id`).

    `key` is its HMAC under the site key: the same for every input, and safe to store. An id on a FHIR server comes
    twice: as `FHIR-SERVER:<server>`, and as `FHIR:<authority>`, which names somebody only for the server that gave it.
    """

    system: str
    key: str
    value: Personal[str] = None


class Details(Part):
    """Who somebody is (FHIR Patient).

    A field that is None says nothing, unless `cleared` names it: then it was deleted on purpose. `said` is that rule.
    """

    FIELDS: ClassVar = ("name", "birth_date", "sex", "phones", "email", "address", "language")

    identifiers: tuple[Identifier, ...] = ()
    name: Personal[FreeLine] = None
    birth_date: Personal[date] = None
    sex: Personal[Sex] = None
    phones: Personal[tuple[str, ...]] = None
    email: Personal[str] = None
    address: Personal[FreeLine] = None
    language: Personal[str] = None
    cleared: tuple[str, ...] = ()

    def said(self) -> dict[str, Any]:
        """Field by field what is said: a value, or None where it was deleted; a field of which nothing is said is out.

        A value counts though `cleared` names its field too.
        """
        deleted = dict.fromkeys(name for name in self.FIELDS if name in self.cleared)
        return deleted | {name: value for name in self.FIELDS if (value := getattr(self, name)) is not None}


class Coded(Part):
    """A code with its system and text (FHIR Coding); sealed, since a diagnosis is personal."""

    system: str = ""
    code: Personal[str] = None
    text: Personal[FreeText] = None


class Visit(Part):
    """One encounter (FHIR Encounter). `visit_id` is the HMAC of its number, or of when it began where it has none."""

    visit_id: str
    number: Personal[str] = None
    patient_class: PatientClass = "other"
    department: str = ""
    department_name: FreeLine = ""
    ward: str = ""
    doctor: str = ""
    doctor_name: FreeLine = ""

    def said(self) -> dict[str, Any]:
        """The fields that say something, codes and their names together: a new code without a name has none."""
        told = self.model_dump(exclude_defaults=True)
        for code in ("department", "doctor"):
            if told.keys() & {code, f"{code}_name"}:
                told |= {code: getattr(self, code), f"{code}_name": getattr(self, f"{code}_name")}
        return told


class Admission(Part):
    """An inpatient stay begins."""

    visit: Visit
    diagnoses: Annotated[tuple[Coded, ...], MANY_FREE] = ()


class Discharge(Part):
    """An inpatient stay ends; `died` where `disposition` says that the patient did."""

    visit: Visit
    diagnoses: Annotated[tuple[Coded, ...], MANY_FREE] = ()
    disposition: str = ""
    died: bool = False


class Transfer(Part):
    """The patient moved; `visit` is where to, `from_department` where from."""

    visit: Visit
    from_department: str = ""


class Registration(Part):
    """An outpatient or emergency visit was registered, or what is said of a visit changed."""

    visit: Visit


class VisitCancellation(Part):
    """An admission, registration or discharge did not happen after all."""

    visit: Visit
    undoes: Literal["admission", "registration", "discharge", "transfer"]


class Appointment(Part):
    """A booked time (FHIR Appointment). `starts` is None where a cancellation does not repeat it."""

    appointment_id: str
    starts: AwareDatetime | None = None
    department: str = ""
    department_name: FreeLine = ""
    doctor: str = ""
    doctor_name: FreeLine = ""
    reason: Personal[FreeText] = None


class AppointmentChange(Part):
    """What happened to an appointment; `was` is the former time of a moved one."""

    appointment: Appointment
    was: AwareDatetime | None = None


class Report(Part):
    """A result or document is ready (FHIR DiagnosticReport); headlines only, never values."""

    report_id: str
    category: str = ""
    title: Personal[FreeText] = None
    status: ReportStatus = "final"
    abnormal: Personal[bool] = None
    critical: Personal[bool] = None


class Order(Part):
    """Something was ordered for the patient (FHIR ServiceRequest)."""

    order_id: str
    category: str = ""
    what: Coded = Coded()
    status: str = "active"
    scheduled: AwareDatetime | None = None


class Charge(Part):
    """Money charged (FHIR ChargeItem): a decimal amount and its ISO 4217 currency."""

    charge_id: str
    amount: Decimal
    currency: str = "CNY"
    department: str = ""
    visit_id: str | None = None
    what: Coded = Coded()


class Clinical(Part):
    """A diagnosis, allergy or procedure (FHIR Condition, AllergyIntolerance, Procedure)."""

    item_id: str
    what: Coded
    visit_id: str | None = None
    status: Literal["active", "resolved", "entered-in-error"] = "active"


class Relation(Part):
    """Somebody who belongs to a patient (FHIR RelatedPerson, HL7 v2 NK1): next of kin, guardian, contact."""

    relation_id: str
    relationship: Coded = Coded()
    name: Personal[FreeLine] = None
    phones: Personal[tuple[str, ...]] = None
    active: bool = True


class Relative(Part):
    """A patient has a relative."""

    relative: Relation


class Exchange(Part):
    """Something the hospital's own systems told a patient, or were told (FHIR Communication)."""

    exchange_id: str
    direction: Literal["inbound", "outbound"] = "outbound"
    medium: str = ""
    topic: Personal[FreeText] = None
    status: str = ""


class Communicated(Part):
    """The hospital and a patient were in touch outside CareLoop."""

    exchange: Exchange


class Payer(Part):
    """Who pays (FHIR Coverage): the insurer, its plan and the policy's number."""

    coverage_id: str
    payer: str = ""
    payer_name: FreeLine = ""
    plan: str = ""
    number: Personal[str] = None
    starts: date | None = None
    ends: date | None = None


class Coverage(Part):
    """A patient is insured."""

    coverage: Payer


class Death(Part):
    """A patient died, or did not after all. `since` is when, where it was said: a bare date stays a date.

    `visit_id` is the stay whose end said so, or says so no more: it takes back no death that was told otherwise.
    """

    since: AwareDatetime | date | None = None
    visit_id: str = ""


class Waiting(Part):
    """How long somebody waited at a stage, in seconds; `ticket` with its day is unique in a `queue`."""

    stage: Stage
    seconds: int
    department: str = ""
    queue: str = ""
    ticket: str = ""
