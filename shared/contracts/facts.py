"""What the facts contain that hospital systems report about patients.

his_adapter publishes them keyed by hospital number, contacts publishes them again keyed by person. The FHIR resource of
each is named in its docstring.
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


BARE_ID, SERVER_ID = "FHIR", "FHIR-SERVER"
"""Kinds of FHIR server ids: without the server (older versions), and with it."""


def has_kind(system: str, *kinds: str) -> bool:
    """Whether the system of an identifier, `<kind>:<issuer>`, is of one of these kinds."""
    return system.startswith(tuple(f"{kind}:" for kind in kinds))


class Identifier(Part):
    """A number and its issuer (`system`, for example `MRN:CITY-HOSPITAL`, `phone`, `national-id`).

    `key`: HMAC under the site key, equal for every input and safe to store. An id on a FHIR server comes twice: as
    `FHIR-SERVER:<server>`, and as `FHIR:<authority>`, which identifies somebody only for the server that issued it.
    """

    system: str
    key: str
    value: Personal[str] = None


class Details(Part):
    """Identity and contact details of a person (FHIR Patient).

    A field that is None means "no information", unless `cleared` names it: then it was deleted. See `stated_fields`.
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

    def stated_fields(self) -> dict[str, Any]:
        """The fields with information: a value, or None if the field was deleted.

        A value counts even if `cleared` names its field too.
        """
        deleted = dict.fromkeys(name for name in self.FIELDS if name in self.cleared)
        return deleted | {name: value for name in self.FIELDS if (value := getattr(self, name)) is not None}


class Coded(Part):
    """A code with its system and text (FHIR Coding); encrypted, as a diagnosis is personal."""

    system: str = ""
    code: Personal[str] = None
    text: Personal[FreeText] = None


class Visit(Part):
    """One encounter (FHIR Encounter). `visit_id`: HMAC of its number, or of its start time if it has no number."""

    visit_id: str
    number: Personal[str] = None
    patient_class: PatientClass = "other"
    department: str = ""
    department_name: FreeLine = ""
    ward: str = ""
    doctor: str = ""
    doctor_name: FreeLine = ""

    def stated_fields(self) -> dict[str, Any]:
        """The fields with information. A code and its name go together: a new code without a name clears the name."""
        fields = self.model_dump(exclude_defaults=True)
        for code in ("department", "doctor"):
            if fields.keys() & {code, f"{code}_name"}:
                fields |= {code: getattr(self, code), f"{code}_name": getattr(self, f"{code}_name")}
        return fields


class Admission(Part):
    """An inpatient stay began."""

    visit: Visit
    diagnoses: Annotated[tuple[Coded, ...], MANY_FREE] = ()


class Discharge(Part):
    """An inpatient stay ended; `died`: the patient died, according to `disposition`."""

    visit: Visit
    diagnoses: Annotated[tuple[Coded, ...], MANY_FREE] = ()
    disposition: str = ""
    died: bool = False


class Transfer(Part):
    """The patient moved: `visit` has the new place, `from_department` the old department."""

    visit: Visit
    from_department: str = ""


class Registration(Part):
    """An outpatient or emergency visit was registered, or data of a visit changed."""

    visit: Visit


class VisitCancellation(Part):
    """An admission, registration, discharge or transfer was undone."""

    visit: Visit
    undoes: Literal["admission", "registration", "discharge", "transfer"]


class Appointment(Part):
    """A booked time (FHIR Appointment). `starts` is None if a cancellation does not repeat it."""

    appointment_id: str
    starts: AwareDatetime | None = None
    department: str = ""
    department_name: FreeLine = ""
    doctor: str = ""
    doctor_name: FreeLine = ""
    reason: Personal[FreeText] = None


class AppointmentChange(Part):
    """A change of an appointment; `was`: the former time of a moved one."""

    appointment: Appointment
    was: AwareDatetime | None = None


class Report(Part):
    """A result or document is ready (FHIR DiagnosticReport): its title and flags, never values."""

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
    """A charge (FHIR ChargeItem): decimal amount and ISO 4217 currency."""

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


NO_ALLERGY, NO_DRUG_ALLERGY, NO_FOOD_ALLERGY, NO_ENVIRONMENTAL_ALLERGY = (
    "716186003",
    "409137002",
    "429625007",
    "428607008",
)
NO_KNOWN_ALLERGY = frozenset({NO_ALLERGY, NO_DRUG_ALLERGY, NO_FOOD_ALLERGY, NO_ENVIRONMENTAL_ALLERGY})
"""SNOMED CT codes of an allergy that state that none is known: at all, to drugs, to food, in the environment.

FHIR says it so (AllergyIntolerance.code), and a message of HL7 v2 that says it is published with such a code.
"""


class RelatedPerson(Part):
    """A relative of a patient (FHIR RelatedPerson, HL7 v2 NK1): next of kin, guardian, contact."""

    relation_id: str
    relationship: Coded = Coded()
    name: Personal[FreeLine] = None
    phones: Personal[tuple[str, ...]] = None
    active: bool = True


class Relative(Part):
    """A patient has a relative."""

    relative: RelatedPerson


class Exchange(Part):
    """A message between the hospital's own systems and a patient (FHIR Communication)."""

    exchange_id: str
    direction: Literal["inbound", "outbound"] = "outbound"
    medium: str = ""
    topic: Personal[FreeText] = None
    status: str = ""


class Communicated(Part):
    """The hospital and a patient communicated outside CareLoop."""

    exchange: Exchange


class Payer(Part):
    """Insurance cover (FHIR Coverage): insurer, plan and policy number."""

    coverage_id: str
    payer: str = ""
    payer_name: FreeLine = ""
    plan: str = ""
    number: Personal[str] = None
    starts: date | None = None
    ends: date | None = None


class Coverage(Part):
    """A patient's insurance was reported."""

    coverage: Payer


class Death(Part):
    """A patient died, or the report was withdrawn. `since`: when, if known; a date without time stays a date.

    `visit_id`: the stay whose discharge reported or withdrew it; such a withdrawal leaves deaths reported otherwise.
    """

    since: AwareDatetime | date | None = None
    visit_id: str = ""


class Waiting(Part):
    """A waiting time at a stage, in seconds; `ticket` with its day is unique in a `queue`."""

    stage: Stage
    seconds: int
    department: str = ""
    queue: str = ""
    ticket: str = ""
