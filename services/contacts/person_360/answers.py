"""What a search and the 360 answer. What is personal is null or left out once somebody was erased."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import AwareDatetime

from shared.answers import Answer
from shared.contracts.base import Personal
from shared.contracts.contacts import Claim, Purpose
from shared.contracts.facts import Identifier, PatientClass, ReportStatus, Sex


class Identity(Answer):
    """Who somebody is. `claimed` names the fields that nobody confirmed; a masked one has name, phones, birth year."""

    identifiers: list[Identifier] = []
    name: Personal[str] = None
    birth_date: Personal[date] = None
    birth_year: Personal[str] = None
    sex: Personal[Sex] = None
    phones: Personal[list[str]] = None
    email: Personal[str] = None
    address: Personal[str] = None
    language: Personal[str] = None
    claimed: list[str] = []


class PersonMatch(Answer):
    """A record that a number was given for; `masked`: the caller may not read it, and sees enough to ask them."""

    person_id: str
    identity: Identity
    masked: bool = False


class PersonName(Answer):
    """What a list shows of somebody whom the caller may read; `name` is null if none is known."""

    person_id: str
    name: Personal[str] = None
    birth_date: Personal[date] = None
    sex: Personal[Sex] = None


class Confirmation(Answer):
    """Who confirmed what somebody claimed."""

    claim_id: str
    confirmed_by: str
    at: AwareDatetime


class PersonClaim(Claim):
    """What is claimed and not confirmed, under which record."""

    person_id: str


class PersonVisit(Answer):
    """A visit; `steps` are when which happened: `registered`, `admitted`, `transferred`, `discharged`, `cancelled`."""

    visit_id: str
    patient_class: PatientClass
    department: str
    department_name: str
    ward: str
    doctor: str
    doctor_name: str
    steps: dict[str, AwareDatetime]


class CodedEntry(Answer):
    """An allergy, or the statement that none is known; `since` and `at`: when it was stated first and last."""

    system: str
    code: Personal[str] = None
    text: Personal[str] = None
    status: Literal["active", "resolved"]
    since: AwareDatetime
    at: AwareDatetime


class PersonAllergy(CodedEntry):
    """An allergy. `disputed`: one source says that it is over, while another still states it, so it is active."""

    disputed: bool = False


class PersonDiagnosis(CodedEntry):
    """A diagnosis, once for each visit at which it was stated."""

    visit_id: str | None


class PersonResult(Answer):
    """A report that is ready: its title and flags, never values. A flag is null if the hospital gave none."""

    report_id: str
    category: str
    title: Personal[str] = None
    status: ReportStatus
    abnormal: Personal[bool] = None
    critical: Personal[bool] = None
    at: AwareDatetime


class YearSpend(Answer):
    """What the hospital charged in a year and a currency, credits taken off, and in how many charges."""

    year: int
    currency: str
    total: Decimal
    charges: int


class PersonCharge(Answer):
    """One charge; a credit is negative."""

    charge_id: str
    amount: Decimal
    currency: str
    department: str
    visit_id: str | None
    system: str
    code: Personal[str] = None
    text: Personal[str] = None
    at: AwareDatetime


class TimelineEntry(Answer):
    """An event: when it happened (`time`), when it was known (`recorded`), what it says as its JSON Schema has it."""

    event_id: str
    person_id: str
    time: AwareDatetime
    recorded: AwareDatetime
    type: str
    data: dict[str, Any]


class View360(Answer):
    """Everything about a human, over all their records (`cluster`); the timeline ends with the newest.

    Diagnoses, allergies, results and charges begin with the newest. `allergies` empty does not say that there are none:
    only `no_known_allergies` does, which has the statements, and is empty if an allergy is active. `charges` are the
    latest. `incomplete` names the sections of which older facts were left out, as there are very many.

    If `sections` were asked for, the fields of the others are left out, which says nothing of what they would hold.
    """

    person_id: str
    cluster: list[str]
    erased: bool
    identity: Identity
    confirmed: dict[str, Confirmation]
    claims: list[PersonClaim]
    visits: list[PersonVisit]
    diagnoses: list[PersonDiagnosis] = []
    allergies: list[PersonAllergy] = []
    no_known_allergies: list[CodedEntry] = []
    results: list[PersonResult] = []
    spend: list[YearSpend] = []
    charges: list[PersonCharge] = []
    incomplete: list[Literal["diagnoses", "allergies", "results", "spend"]]
    dead: bool
    dead_since: AwareDatetime | date | None
    consents: dict[Purpose, bool]
    counts: dict[str, int]
    timeline: list[TimelineEntry] = []
