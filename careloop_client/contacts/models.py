"""Generated from docs/reference/openapi/contacts.json by `careloop contracts`: never edit it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Access(BaseModel):
    """One look: who was shown or refused what, of whom; `more` counts persons beyond those named."""

    access_id: str
    at: AwareDatetime
    reader: str
    reader_type: Literal["user", "service_account", "app_user", "system", "claimed", "unknown"]
    service: str
    route: str
    purpose: Literal["TREAT", "ETREAT", "COORDC", "HOPERAT", "HPAYMT", "HCOMPL", "PATRQT", "HSYSADMIN"]
    result: Literal["shown", "refused"]
    persons: list[str]
    more: int
    resources: list[str]


class AccessReview(BaseModel):
    """Who broke the glass of whom and why, and what the privacy officer thinks of it."""

    review_id: str
    person_id: str
    broken_by: str
    broken: AwareDatetime
    until: AwareDatetime
    status: Literal["open", "decided"]
    reason: str | None = None
    justified: bool | None = None
    reviewed_by: str | None = None
    reviewed: AwareDatetime | None = None
    note: str | None = None


class Approval(BaseModel):
    """The decision of the second person."""

    model_config = ConfigDict(
        extra="forbid",
    )
    approved: bool


class CodedEntry(BaseModel):
    """An allergy, or the statement that none is known; `since` and `at`: when it was stated first and last."""

    system: str
    code: str | None = None
    text: str | None = None
    status: Literal["active", "resolved"]
    since: AwareDatetime
    at: AwareDatetime


class CommandDone(BaseModel):
    """
    The result of a command: its events, or none if there was nothing to change (`no-op`).

    `position`: as in `Shown`; a read model that has reached it shows the effect. `aggregate`: the id of what was
    changed or created.
    """

    command_id: str
    status: Literal["accepted", "no-op"]
    aggregate: str
    event_ids: list[str]
    position: str


class CommandPending(BaseModel):
    """The command was sent and is not decided yet: ask `GET /commands/{command_id}`."""

    command_id: str
    status: Literal["pending"]


class Confirmation(BaseModel):
    """Who confirmed what somebody claimed."""

    claim_id: str
    confirmed_by: str
    at: AwareDatetime


class Consent(BaseModel):
    """Whether a person allows messages of a purpose."""

    model_config = ConfigDict(
        extra="forbid",
    )
    purpose: Literal["care", "survey", "marketing", "alert"]
    granted: bool
    evidence: Annotated[str | None, Field(max_length=2000)] = None


class Deceased(BaseModel):
    """Whether a human is deceased; `since` is the time of death, or a date if the time is unknown."""

    model_config = ConfigDict(
        extra="forbid",
    )
    deceased: bool
    since: AwareDatetime | date | None = None


class Decision(BaseModel):
    """The person an ambiguous input is about; null registers a new person."""

    model_config = ConfigDict(
        extra="forbid",
    )
    person_id: Annotated[str | None, Field(max_length=200)] = None


class Emergency(BaseModel):
    """Reason and duration of emergency access."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: Annotated[str, Field(max_length=2000, min_length=10)]
    minutes: Annotated[int, Field(ge=1, le=1440)]


class ErasureWaiting(BaseModel):
    """An erasure that waits for a second person, and whom it is about."""

    approval_id: str
    kind: str
    subject: str
    proposal: str
    proposed_by: str
    decide: str
    since: AwareDatetime
    until: AwareDatetime
    person_id: str
    cluster: list[str]


class Identifier(BaseModel):
    """
    A number and its issuer (`system`, for example `MRN:CITY-HOSPITAL`, `phone`, `national-id`).

    `key`: HMAC under the site key, equal for every input and safe to store. An id on a FHIR server comes twice: as
    `FHIR-SERVER:<server>`, and as `FHIR:<authority>`, which identifies somebody only for the server that issued it.
    """

    system: str
    key: str
    value: str | None = None


class Identity(BaseModel):
    """Who somebody is. `claimed` names the fields that nobody confirmed; a masked one has name, phones, birth year."""

    identifiers: Annotated[list[Identifier], Field(validate_default=True)] = []
    name: str | None = None
    birth_date: date | None = None
    birth_year: str | None = None
    sex: Literal["male", "female", "other", "unknown"] | None = None
    phones: list[str] | None = None
    email: str | None = None
    address: str | None = None
    language: str | None = None
    claimed: list[str] = []


class Judgement(BaseModel):
    """The decision on a break-glass review."""

    model_config = ConfigDict(
        extra="forbid",
    )
    justified: bool
    note: Annotated[str, Field(max_length=2000)] = ""


class KnownIdentifier(BaseModel):
    """An identifier of a person: `system` such as `MRN:CITY-HOSPITAL` or `phone`, and the value."""

    system: Annotated[str, Field(min_length=1)]
    value: str | None = None


class Lock(BaseModel):
    """How long a login is locked, and after how many wrong passwords."""

    model_config = ConfigDict(
        extra="forbid",
    )
    minutes: Annotated[int, Field(ge=1, le=1440)]
    tries: Annotated[int, Field(ge=1, le=1000)]


class Merge(BaseModel):
    """The record to merge or separate, and the reason."""

    model_config = ConfigDict(
        extra="forbid",
    )
    merged_id: Annotated[str, Field(max_length=200, min_length=1)]
    reason: Annotated[str, Field(max_length=2000, min_length=1)]


class Named(BaseModel):
    """Whose names are asked for, as a list of another service names them by id."""

    model_config = ConfigDict(
        extra="forbid",
    )
    person_ids: Annotated[list[str], Field(max_length=500, min_length=1)]


class NewView(BaseModel):
    """A filter of a screen and its title. `query`: as in the address of the page, without `?`."""

    model_config = ConfigDict(
        extra="forbid",
    )
    screen: Annotated[str, Field(max_length=40, pattern="^[a-z][a-z_]*$")]
    title: Annotated[str, Field(max_length=60, min_length=1, pattern="^(\\d{0,5}[^\\d\\r\\n])*\\d{0,5}$")]
    query: Annotated[str, Field(max_length=500, pattern="^[A-Za-z0-9_.~%+=&-]*$")]


class AccessReviewPage(BaseModel):
    data: list[AccessReview]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class AccessPage(BaseModel):
    data: list[Access]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class ErasureWaitingPage(BaseModel):
    data: list[ErasureWaiting]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class PersonAllergy(BaseModel):
    """An allergy. `disputed`: one source says that it is over, while another still states it, so it is active."""

    system: str
    code: str | None = None
    text: str | None = None
    status: Literal["active", "resolved"]
    since: AwareDatetime
    at: AwareDatetime
    disputed: bool = False


class PersonCharge(BaseModel):
    """One charge; a credit is negative."""

    charge_id: str
    amount: Decimal
    currency: str
    department: str
    visit_id: str | None
    system: str
    code: str | None = None
    text: str | None = None
    at: AwareDatetime


class PersonClaim(BaseModel):
    """What is claimed and not confirmed, under which record."""

    claim_id: str
    field: Literal["name", "phones", "email"]
    value: str | None = None
    touchpoint_id: str
    channel: Literal["phone", "email", "sms", "wechat", "mini-program", "app", "web-chat", "desk", "kiosk", "outreach"]
    said: AwareDatetime
    person_id: str


class PersonDiagnosis(BaseModel):
    """A diagnosis, once for each visit at which it was stated."""

    system: str
    code: str | None = None
    text: str | None = None
    status: Literal["active", "resolved"]
    since: AwareDatetime
    at: AwareDatetime
    visit_id: str | None


class PersonMatch(BaseModel):
    """A record that a number was given for; `masked`: the caller may not read it, and sees enough to ask them."""

    person_id: str
    identity: Identity
    masked: bool = False


class PersonName(BaseModel):
    """What a list shows of somebody whom the caller may read; `name` is null if none is known."""

    person_id: str
    name: str | None = None
    birth_date: date | None = None
    sex: Literal["male", "female", "other", "unknown"] | None = None


class PersonResult(BaseModel):
    """A report that is ready: its title and flags, never values. A flag is null if the hospital gave none."""

    report_id: str
    category: str
    title: str | None = None
    status: Literal["preliminary", "final", "corrected", "cancelled"]
    abnormal: bool | None = None
    critical: bool | None = None
    at: AwareDatetime


class PersonVisit(BaseModel):
    """A visit; `steps` are when which happened: `registered`, `admitted`, `transferred`, `discharged`, `cancelled`."""

    visit_id: str
    patient_class: Literal["inpatient", "outpatient", "emergency", "other"]
    department: str
    department_name: str
    ward: str
    doctor: str
    doctor_name: str
    steps: dict[str, AwareDatetime]


class Residue(BaseModel):
    """What no erasure reaches, and when the last of it goes; null never."""

    kind: str
    count: int
    expires: AwareDatetime | None


class SavedView(BaseModel):
    """A filter that somebody saved. `query`: names and values as in the address of the `screen`."""

    view_id: str
    screen: str
    title: str
    query: str


class Search(BaseModel):
    """An identifier: `MRN:CITY-HOSPITAL` and `100234`, or `phone` and `13800001111`."""

    model_config = ConfigDict(
        extra="forbid",
    )
    system: Annotated[str, Field(max_length=200, min_length=1)]
    value: Annotated[str, Field(max_length=500, min_length=1)]


class StaffDesk(BaseModel):
    """
    What happened last to a member of staff at the console; null for what never did. All times are real ones.

    `sessions_ended`: sessions that began before are over. `locked_since`, `locked_until`: the last lock, after `tries`
    wrong passwords; `unlocked`: when somebody lifted it.
    """

    staff_id: str
    sessions_ended: AwareDatetime | None
    ended_by: str | None
    locked_since: AwareDatetime | None
    locked_until: AwareDatetime | None
    tries: int | None
    unlocked: AwareDatetime | None
    unlocked_by: str | None


class TimelineEntry(BaseModel):
    """An event: when it happened (`time`), when it was known (`recorded`), what it says as its JSON Schema has it."""

    event_id: str
    person_id: str
    time: AwareDatetime
    recorded: AwareDatetime
    type: str
    data: dict[str, Any]


class TouchpointReported(BaseModel):
    """Inbound: a contact with a person, sent by integrators; contacts resolves who it was."""

    at: AwareDatetime
    touchpoint_id: Annotated[
        str, Field(description="your own id for it; the same id twice is the same touchpoint", min_length=1)
    ]
    identifiers: Annotated[list[KnownIdentifier], Field(min_length=1)]
    channel: Literal["phone", "email", "sms", "wechat", "mini-program", "app", "web-chat", "desk", "kiosk", "outreach"]
    direction: Literal["inbound", "outbound"]
    name: str | None = None
    summary: str | None = None
    agent: str = ""
    department: str = ""


class Verdict(BaseModel):
    """Whether two records are one human."""

    model_config = ConfigDict(
        extra="forbid",
    )
    same: bool


class YearSpend(BaseModel):
    """What the hospital charged in a year and a currency, credits taken off, and in how many charges."""

    year: int
    currency: str
    total: Decimal
    charges: int


class Certificate(BaseModel):
    """What an erasure destroyed. `complete`: every key is destroyed (`carried_out`) and no number is shared."""

    person_id: str
    cluster: list[str]
    requested_by: str
    approved_by: str | None = None
    event_id: str
    erased_at: AwareDatetime
    keys: list[str]
    left: int
    keys_destroyed: int
    carried_out: bool
    complete: bool
    residue: list[Residue]


class CertificateAnswer(BaseModel):
    """A certificate as of now: each is computed anew."""

    data: Certificate
    as_of: AwareDatetime


class IdentityReview(BaseModel):
    """A question for a person: an `input` that fits several people, or a `merge` that is proposed."""

    id: str
    kind: Literal["input", "merge"]
    candidates: list[PersonMatch]
    reasons: list[str]
    since: AwareDatetime
    age_seconds: int
    input: dict[str, Any] | None


class PersonMatchList(BaseModel):
    data: list[PersonMatch]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class PersonNameList(BaseModel):
    data: list[PersonName]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class IdentityReviewPage(BaseModel):
    data: list[IdentityReview]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class SavedViewPage(BaseModel):
    data: list[SavedView]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class StaffDeskPage(BaseModel):
    data: list[StaffDesk]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class OneStaffDesk(BaseModel):
    data: StaffDesk
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class View360(BaseModel):
    """
    Everything about a human, over all their records (`cluster`); the timeline ends with the newest.

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
    diagnoses: Annotated[list[PersonDiagnosis], Field(validate_default=True)] = []
    allergies: Annotated[list[PersonAllergy], Field(validate_default=True)] = []
    no_known_allergies: Annotated[list[CodedEntry], Field(validate_default=True)] = []
    results: Annotated[list[PersonResult], Field(validate_default=True)] = []
    spend: Annotated[list[YearSpend], Field(validate_default=True)] = []
    charges: Annotated[list[PersonCharge], Field(validate_default=True)] = []
    incomplete: list[Literal["diagnoses", "allergies", "results", "spend"]]
    dead: bool
    dead_since: AwareDatetime | date | None
    consents: dict[Literal["care", "survey", "marketing", "alert"], bool]
    counts: dict[str, int]
    timeline: Annotated[list[TimelineEntry], Field(validate_default=True)] = []


class OneView360(BaseModel):
    data: View360
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
