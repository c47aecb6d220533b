"""What a search and the 360 answer. What is personal is null or left out once somebody was erased."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime

from shared.answers import Answer
from shared.contracts.base import Personal
from shared.contracts.contacts import Claim, Purpose
from shared.contracts.facts import Identifier, PatientClass, Sex


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


class TimelineEntry(Answer):
    """An event: when it happened (`time`), when it was known (`recorded`), what it says as its JSON Schema has it."""

    event_id: str
    person_id: str
    time: AwareDatetime
    recorded: AwareDatetime
    type: str
    data: dict[str, Any]


class View360(Answer):
    """Everything about a human, over all their records (`cluster`); the timeline ends with the newest."""

    person_id: str
    cluster: list[str]
    erased: bool
    identity: Identity
    confirmed: dict[str, Confirmation]
    claims: list[PersonClaim]
    visits: list[PersonVisit]
    dead: bool
    dead_since: AwareDatetime | date | None
    consents: dict[Purpose, bool]
    counts: dict[str, int]
    timeline: list[TimelineEntry]
