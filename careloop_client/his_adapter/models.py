"""Generated from docs/reference/openapi/his-adapter.json by `careloop contracts`: never edit it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypeAliasType


class Acknowledged(BaseModel):
    """Milliseconds until acknowledgement, over the last `count` messages that the answering process received."""

    p50: float
    p99: float
    count: int


class Approval(BaseModel):
    """The decision of the second person."""

    model_config = ConfigDict(
        extra="forbid",
    )
    approved: bool


class BillAsked(BaseModel):
    """Request the bill of a visit (`visit`: the hospital's number), or of everything open if it is empty."""

    action: Literal["bill"]
    visit: Annotated[str | None, Field(max_length=200, min_length=1)] = None


class Booked(BaseModel):
    """An appointment with both numbers: `filler` is the hospital's number, `placer` the id of our request."""

    filler: Annotated[str | None, Field(max_length=200, min_length=1)] = None
    placer: str = ""


class Cancelling(BaseModel):
    """Cancel an appointment."""

    action: Literal["cancel"]
    appointment: Booked
    reason: Annotated[str | None, Field(max_length=200, min_length=1)] = None


class Closed(BaseModel):
    """Days on which the clinic is closed, first and last, with the reason."""

    since: date
    until: date
    why: str = ""


class Coded(BaseModel):
    """A code with its system and text (FHIR Coding); encrypted, as a diagnosis is personal."""

    system: str = ""
    code: str | None = None
    text: str | None = None


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


class DepartmentFields(BaseModel):
    """A department (MFN^M05 LDP, FHIR Organization). `part_of`: code of the department above it."""

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str = ""
    names: Annotated[dict[Literal["zh", "en"], str], Field(min_length=1)]
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["department"] = "department"
    part_of: str = ""
    location: str = ""
    phones: list[str] = []


class DisputeSettlement(BaseModel):
    """How to settle a disputed payment."""

    model_config = ConfigDict(
        extra="forbid",
    )
    note: Annotated[str, Field(max_length=2000, min_length=1)]


class DisputeShown(BaseModel):
    """What the platform's bill of `day` tells otherwise; `theirs` is its amount."""

    reason: Literal[
        "amount-differs",
        "unknown-here",
        "missing-there",
        "paid-after-closing",
        "refund-failed",
        "refund-unknown-here",
        "refund-unanswered",
    ]
    day: date | None
    theirs: Decimal | None
    transaction_id: str


class DoctorFields(BaseModel):
    """A doctor whom patients may see (MFN^M02 STF and PRA, FHIR Practitioner and PractitionerRole)."""

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str = ""
    names: Annotated[dict[Literal["zh", "en"], str], Field(min_length=1)]
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["doctor"] = "doctor"
    title: dict[Literal["zh", "en"], str] = {}
    departments: list[str] = []
    specialties: list[str] = []
    phones: list[str] = []


class Feed(BaseModel):
    """
    A polled source: `read` resources so far, complete up to `since`; `trouble` is the error that stops it, or "".

    `position` is internal to the puller.
    """

    feed: str
    noted: AwareDatetime
    position: dict[str, str | int]
    since: str
    read: int
    trouble: str
    kind: str | None = None


class HospitalMessage(BaseModel):
    """
    A message and its status: `facts` are the types of its events, `refused` is why it was not translated.

    `at_the_door`: refused before it was stored. `control_id_reused`: the sender used its control id for another message
    too. `cut` are the fields whose text was too long.
    """

    message_id: str
    format: str | None = None
    control_id: str | None = None
    sender: str | None = None
    type: str | None = None
    received: AwareDatetime | None = None
    status: Literal["received", "not-ours", "translated", "refused"]
    repeats: int
    facts: list[str]
    understood: bool | None = None
    cut: list[str] | None = None
    refused: str | None = None
    reason: str | None = None
    at_the_door: bool = False
    control_id_reused: bool


class Hours(BaseModel):
    """A span of a day in local time of the hospital; without `starts` all day."""

    weekdays: list[int] = []
    starts: Annotated[str | None, Field(examples=["08:30:00"], pattern="^\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?$")] = None
    ends: Annotated[str | None, Field(examples=["08:30:00"], pattern="^\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?$")] = None


class KindOverview(BaseModel):
    """
    Number of entries of a kind, the last change and the last confirmation by a source.

    `age_seconds` is the time since the last confirmation.
    """

    kind: Literal["department", "doctor", "location", "clinic-hours", "price", "transport", "news"]
    entries: int
    changed: AwareDatetime
    confirmed: AwareDatetime
    age_seconds: int


class FeedList(BaseModel):
    data: list[Feed]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class KindOverviewList(BaseModel):
    data: list[KindOverview]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class ListedDepartment(BaseModel):
    """A department."""

    code: Annotated[str, Field(min_length=1)]
    names: dict[Literal["zh", "en"], str] = {}
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["department"] = "department"
    part_of: str = ""
    location: str = ""
    phones: list[str] = []
    name: str
    language: Literal["zh", "en"]
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class ListedDoctor(BaseModel):
    """A doctor."""

    code: Annotated[str, Field(min_length=1)]
    names: dict[Literal["zh", "en"], str] = {}
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["doctor"] = "doctor"
    title: dict[Literal["zh", "en"], str] = {}
    departments: list[str] = []
    specialties: list[str] = []
    phones: list[str] = []
    name: str
    language: Literal["zh", "en"]
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class ListedHours(BaseModel):
    """Clinic hours of a department or doctor."""

    code: Annotated[str, Field(min_length=1)]
    names: dict[Literal["zh", "en"], str] = {}
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["clinic-hours"] = "clinic-hours"
    department: str = ""
    doctor: str = ""
    location: str = ""
    session: str = ""
    hours: Annotated[list[Hours], Field(validate_default=True)] = []
    closed: Annotated[list[Closed], Field(validate_default=True)] = []
    fee: Decimal | None = None
    name: str
    language: Literal["zh", "en"]
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class ListedLocation(BaseModel):
    """A room, ward, building or campus."""

    code: Annotated[str, Field(min_length=1)]
    names: dict[Literal["zh", "en"], str] = {}
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["location"] = "location"
    form: str = ""
    part_of: str = ""
    department: str = ""
    address: dict[Literal["zh", "en"], str] = {}
    latitude: Annotated[float | None, Field(ge=-90.0, le=90.0)] = None
    longitude: Annotated[float | None, Field(ge=-180.0, le=180.0)] = None
    phones: list[str] = []
    name: str
    language: Literal["zh", "en"]
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class ListedNews(BaseModel):
    """An announcement."""

    code: Annotated[str, Field(min_length=1)]
    names: dict[Literal["zh", "en"], str] = {}
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["news"] = "news"
    published: AwareDatetime | None = None
    url: str = ""
    department: str = ""
    name: str
    language: Literal["zh", "en"]
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class ListedPrice(BaseModel):
    """The price of a service."""

    code: Annotated[str, Field(min_length=1)]
    names: dict[Literal["zh", "en"], str] = {}
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["price"] = "price"
    amount: Decimal | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"
    unit: str = ""
    category: str = ""
    department: str = ""
    name: str
    language: Literal["zh", "en"]
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class ListedTransport(BaseModel):
    """A means of transport to the hospital."""

    code: Annotated[str, Field(min_length=1)]
    names: dict[Literal["zh", "en"], str] = {}
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["transport"] = "transport"
    mode: Literal["metro", "bus", "car", "taxi", "shuttle", "train", "walk"] = "bus"
    location: str = ""
    name: str
    language: Literal["zh", "en"]
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class LocationFields(BaseModel):
    """A room, ward, building or campus (MFN^M05 LOC, FHIR Location); latitude and longitude in degrees (WGS 84)."""

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str = ""
    names: Annotated[dict[Literal["zh", "en"], str], Field(min_length=1)]
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["location"] = "location"
    form: str = ""
    part_of: str = ""
    department: str = ""
    address: dict[Literal["zh", "en"], str] = {}
    latitude: Annotated[float | None, Field(ge=-90.0, le=90.0)] = None
    longitude: Annotated[float | None, Field(ge=-180.0, le=180.0)] = None
    phones: list[str] = []


GivenAdditionalProperty = TypeAliasType("GivenAdditionalProperty", Annotated[str, Field(max_length=2000)])


class NewPacket(BaseModel):
    """The papers of a formality for a person; `given` overrides values that the hospital sent."""

    model_config = ConfigDict(
        extra="forbid",
    )
    number: Annotated[str, Field(max_length=200, min_length=1)]
    kind: Annotated[str, Field(max_length=200)] = "MR"
    authority: Annotated[str, Field(max_length=200)] = ""
    visit: Annotated[str, Field(max_length=200)] = ""
    person_id: Annotated[str, Field(max_length=200, min_length=1)]
    formality: Annotated[str, Field(max_length=200, min_length=1)]
    given: Annotated[
        dict[Annotated[str, StringConstraints(max_length=200)], GivenAdditionalProperty], Field(max_length=100)
    ] = {}


class NewRefund(BaseModel):
    """Amount and reason of a refund."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount: Decimal
    reason: Annotated[str, Field(max_length=80, min_length=1)]


class NewsFields(BaseModel):
    """An announcement of the hospital; `names`: headlines, `about`: texts."""

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str = ""
    names: Annotated[dict[Literal["zh", "en"], str], Field(min_length=1)]
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["news"] = "news"
    published: AwareDatetime | None = None
    url: str = ""
    department: str = ""


class Observation(BaseModel):
    """One finding (FHIR Observation): a code with its text, a value with its unit."""

    code: Annotated[str | None, Field(max_length=200, min_length=1)] = None
    title: str | None = None
    value: Annotated[str | None, Field(max_length=200, min_length=1)] = None
    unit: str | None = None
    abnormal: bool | None = None


class OneEntry(BaseModel):
    """Response with one entry."""

    data: Annotated[
        ListedDepartment | ListedDoctor | ListedLocation | ListedHours | ListedPrice | ListedTransport | ListedNews,
        Field(discriminator="kind"),
    ]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class PacketItem(BaseModel):
    """An item of a packet: its value, or `missing`; `titles` by language. `department` is to fill it."""

    item: str
    titles: dict[str, str]
    value: str | None
    missing: bool
    department: str
    filled_by: str | None


class PacketShown(BaseModel):
    """The papers of a formality; `gaps` are the required items that are missing."""

    packet_id: str
    person_id: str
    formality: str
    status: Literal["open", "complete"]
    prepared_by: str
    prepared: AwareDatetime
    completed: AwareDatetime | None
    gaps: list[str]
    items: list[PacketItem]


class HospitalMessagePage(BaseModel):
    data: list[HospitalMessage]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class PacketShownPage(BaseModel):
    data: list[PacketShown]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class Patient(BaseModel):
    """
    A patient number as in HL7 v2: `kind` of table 0203, `authority` as in CX-4; `visit` is a visit number.

    Without `visit` the latest visit counts.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    number: Annotated[str, Field(max_length=200, min_length=1)]
    kind: Annotated[str, Field(max_length=200)] = "MR"
    authority: Annotated[str, Field(max_length=200)] = ""
    visit: Annotated[str, Field(max_length=200)] = ""


class PaymentWaiting(BaseModel):
    """A refund of so much, or how to settle a dispute, that waits for a second person; `reason` is who proposed's."""

    approval_id: str
    kind: str
    subject: str
    proposal: str
    proposed_by: str
    decide: str
    since: AwareDatetime
    until: AwareDatetime
    person_id: str
    amount: Decimal | None = None
    reason: str | None


class PriceFields(BaseModel):
    """A price (MFN^M04 CDM and PRC, FHIR ChargeItemDefinition): decimal amount per `unit`, ISO 4217 currency."""

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str = ""
    names: Annotated[dict[Literal["zh", "en"], str], Field(min_length=1)]
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["price"] = "price"
    amount: Decimal | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "CNY"
    unit: str = ""
    category: str = ""
    department: str = ""


class RefundShown(BaseModel):
    """Money on its way back; one that is `proposed` waits for a second person until `until`."""

    amount: Decimal
    asked_by: str
    status: Literal["proposed", "asked", "made", "declined", "failed"]
    until: AwareDatetime | None = None
    approved_by: str | None = None
    declined_by: str | None = None
    reason: str | None = None


class Registering(BaseModel):
    """Register a patient for today's clinic; the hospital answers with the number in the queue."""

    action: Literal["register"]
    department: Annotated[str, Field(max_length=200, min_length=1)]
    doctor: str = ""
    reason: Annotated[str | None, Field(max_length=200, min_length=1)] = None


class Reporting(BaseModel):
    """Send findings to the hospital's record."""

    action: Literal["report"]
    title: Annotated[str | None, Field(max_length=200, min_length=1)] = None
    observed: AwareDatetime
    visit: Annotated[str | None, Field(max_length=200, min_length=1)] = None
    observations: Annotated[list[Observation], Field(max_length=100, min_length=1)]


class RequestSettlement(BaseModel):
    """The result of a request that was settled by hand; `done`: the hospital did what was asked."""

    model_config = ConfigDict(
        extra="forbid",
    )
    done: bool
    note: Annotated[str, Field(max_length=2000, min_length=1)]


class Search(BaseModel):
    """A control id (MSH-10), or the name of a FHIR resource: `Patient/77`, `Patient/77/_history/3`."""

    model_config = ConfigDict(
        extra="forbid",
    )
    control_id: Annotated[str, Field(max_length=500, min_length=1)]


class Settling(BaseModel):
    """Tell the hospital that charges were paid, or refunded (negative amount)."""

    action: Literal["settle"]
    amount: Decimal
    currency: str = "CNY"
    paid: AwareDatetime
    provider: str
    transaction_id: str
    charges: list[str] = []


class OnePacketShown(BaseModel):
    data: PacketShown
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class Slot(BaseModel):
    """A time that can be booked (FHIR Slot). `slot_id`: the filler's id, if it has one."""

    starts: AwareDatetime
    minutes: Annotated[int, Field(ge=0, le=1440)] = 0
    department: str = ""
    doctor: str = ""
    doctor_name: str = ""
    slot_id: str = ""


class SlotsAnswer(BaseModel):
    """The open slots that the hospital system returned at `as_of`; `endpoint` is the definition that was asked."""

    data: list[Slot]
    endpoint: str
    as_of: AwareDatetime


class Source(BaseModel):
    """
    A sending system: its last message, and counts over the requested hours.

    `undecided` counts messages that are stored but not translated yet, `refusals` counts refused ones by reason.
    """

    source: str
    last_message: AwareDatetime
    silent_seconds: int
    messages: int
    per_minute: float
    undecided: int
    acknowledged: Acknowledged | None
    repeats: int
    by_status: dict[Literal["received", "not-ours", "translated", "refused"], int]
    refusals: dict[str, int]


class Subject(BaseModel):
    """
    The patient as the hospital system knows them: a number, its kind (table 0203) and its issuer (CX-4).

    The system checks name and birth date to verify the patient.
    """

    number: Annotated[str | None, Field(max_length=200, min_length=1)] = None
    kind: str = "MR"
    authority: str = ""
    name: Annotated[str | None, Field(max_length=200, min_length=1)] = None
    birth_date: date | None = None
    sex: Literal["male", "female", "other", "unknown"] | None = None
    phone: Annotated[str | None, Field(max_length=200, min_length=1)] = None


class Ticket(BaseModel):
    """
    The times of one ticket so far; send the ticket again when it has more.

    `number` identifies the patient; `kind` and `authority` are its type and assigning authority as in HL7 v2 (table
    0203, CX-4).
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    queue: Annotated[str, Field(max_length=200, min_length=1)]
    ticket: Annotated[str, Field(max_length=200, min_length=1)]
    number: Annotated[str, Field(max_length=200, min_length=1)]
    kind: Annotated[str, Field(max_length=200)] = "MR"
    authority: Annotated[str, Field(max_length=200)] = ""
    department: Annotated[str, Field(max_length=200)] = ""
    times: Annotated[
        dict[
            Literal[
                "arrived",
                "registered",
                "called",
                "seen",
                "ordered",
                "examined",
                "billed",
                "paid",
                "prescribed",
                "dispensed",
            ],
            AwareDatetime,
        ],
        Field(min_length=1),
    ]


class TicketTaken(BaseModel):
    """The ticket is stored; `message_id` as in `GET /v1/messages`."""

    message_id: str


class TransportFields(BaseModel):
    """A way to the hospital; `location`: the entrance where it ends."""

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str = ""
    names: Annotated[dict[Literal["zh", "en"], str], Field(min_length=1)]
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["transport"] = "transport"
    mode: Literal["metro", "bus", "car", "taxi", "shuttle", "train", "walk"] = "bus"
    location: str = ""


class Watched(BaseModel):
    """A watched source; `since` is the start of its present or last silence."""

    watch: str
    title: str
    source: str
    types: list[str]
    minutes: int
    silent: bool
    since: AwareDatetime | None
    changed: AwareDatetime | None


class BedAsked(BaseModel):
    """Request a bed."""

    action: Literal["bed"]
    department: Annotated[str, Field(max_length=200, min_length=1)]
    wanted: date
    accommodation: str = ""
    diagnosis: Coded | None = None


class BillLine(BaseModel):
    """One line of a bill: decimal amount and ISO 4217 currency; payments and credits are negative."""

    charge: str = ""
    at: AwareDatetime | None = None
    amount: Decimal
    currency: str = "CNY"
    what: Coded | None = None


class Booking(BaseModel):
    """Book an appointment."""

    action: Literal["book"]
    slot: Slot
    reason: Annotated[str | None, Field(max_length=200, min_length=1)] = None


class ClinicHoursFields(BaseModel):
    """
    When a department or doctor sees patients (FHIR PractitionerRole and HealthcareService.availableTime).

    `session`: the hospital's term (ordinary, expert, special); `fee`: the registration fee in CNY.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str = ""
    names: Annotated[dict[Literal["zh", "en"], str], Field(min_length=1)]
    about: dict[Literal["zh", "en"], str] = {}
    active: bool = True
    since: date | None = None
    until: date | None = None
    kind: Literal["clinic-hours"] = "clinic-hours"
    department: str = ""
    doctor: str = ""
    location: str = ""
    session: str = ""
    hours: Annotated[list[Hours], Field(validate_default=True)] = []
    closed: Annotated[list[Closed], Field(validate_default=True)] = []
    fee: Decimal | None = None


class EntryPage(BaseModel):
    """A page of entries of a kind."""

    data: list[
        Annotated[
            ListedDepartment | ListedDoctor | ListedLocation | ListedHours | ListedPrice | ListedTransport | ListedNews,
            Field(discriminator="kind"),
        ]
    ]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class HospitalAnswer(BaseModel):
    """The answer of the hospital system. Fields that it did not mention are empty."""

    filler: str | None = None
    queue_number: str | None = None
    starts: AwareDatetime | None = None
    department: str = ""
    doctor: str = ""
    bill: Annotated[list[BillLine], Field(validate_default=True)] = []


class SourceList(BaseModel):
    data: list[Source]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class WatchedList(BaseModel):
    data: list[Watched]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class More(BaseModel):
    """Values for gaps: entered by hand (`given`), or read again from the facts about `patient`."""

    model_config = ConfigDict(
        extra="forbid",
    )
    given: Annotated[
        dict[Annotated[str, StringConstraints(max_length=200)], GivenAdditionalProperty], Field(max_length=100)
    ] = {}
    patient: Patient | None = None


class Moving(BaseModel):
    """Move an appointment to another time."""

    action: Literal["move"]
    appointment: Booked
    slot: Slot


class NewPayment(BaseModel):
    """
    A payment request. With `subject` and `charges` the hospital system is informed once the payment is made.

    Without `expires_minutes` the payment is open for `open_minutes` of the provider.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    person_id: Annotated[str, Field(max_length=200, min_length=1)]
    amount: Decimal
    description: Annotated[str, Field(max_length=127, min_length=1)]
    provider: Annotated[str, Field(max_length=200)] = "wechat"
    way: Literal["native", "h5"] = "native"
    payer_ip: str | None = None
    expires_minutes: Annotated[int | None, Field(ge=1, le=1440)] = None
    subject: Subject | None = None
    charges: Annotated[list[str], Field(max_length=100)] = []


class NewRequest(BaseModel):
    """A request (`ask`) for a person. `subject` is the patient as the hospital system identifies them."""

    model_config = ConfigDict(
        extra="forbid",
    )
    person_id: Annotated[str, Field(max_length=200, min_length=1)]
    subject: Subject
    ask: Annotated[
        Booking | Moving | Cancelling | Registering | BedAsked | BillAsked | Reporting | Settling,
        Field(discriminator="action"),
    ]


class PaymentWaitingPage(BaseModel):
    data: list[PaymentWaiting]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class Payment(BaseModel):
    """A payment as it stands; `stray` is one that only the platform knows. `link` is what to pay by."""

    payment_id: str
    person_id: str
    status: Literal["ordering", "offered", "paid", "closed", "stray"]
    provider: str | None = None
    amount: Decimal | None = None
    currency: Literal["CNY"] | None = None
    way: Literal["native", "h5"] | None = None
    description: str | None = None
    link: str | None = None
    expires: AwareDatetime | None = None
    asked: AwareDatetime
    asked_by: str | None = None
    changed: AwareDatetime
    step: Literal["order", "query", "close", "refund", "refund-query"] | None = None
    attempts: int | None = None
    reason: str | None = None
    detail: str | None = None
    until: AwareDatetime | None = None
    paid: AwareDatetime | None = None
    transaction_id: str | None = None
    told_by: Literal["notification", "query", "bill"] | None = None
    reconciled: date | None = None
    refunds: dict[str, RefundShown]
    disputed: bool
    dispute: DisputeShown | None = None
    settled_by: str | None = None
    confirmed_by: str | None = None
    note: str | None = None


class RequestShown(BaseModel):
    """
    A request and the hospital system's answer. If `accepted` is false, it refused and `reason` is a slug.

    An `overdue` request is a work item of `department`; `done` is the result that was entered when it was closed.
    """

    request_id: str
    person_id: str
    asked_by: str
    action: Literal["book", "move", "cancel", "register", "bed", "bill", "report", "settle"]
    status: Literal["none", "claimed", "started", "waiting", "received", "overdue", "answered", "closed"]
    endpoint: str
    attempts: int
    asked: AwareDatetime
    changed: AwareDatetime
    answer_by: AwareDatetime
    until: AwareDatetime | None = None
    subject: Subject
    ask: Annotated[
        Booking | Moving | Cancelling | Registering | BedAsked | BillAsked | Reporting | Settling,
        Field(discriminator="action"),
    ]
    reason: str | None = None
    accepted: bool | None = None
    detail: str | None = None
    answer: HospitalAnswer | None = None
    department: str | None = None
    retried_by: str | None = None
    closed_by: str | None = None
    done: bool | None = None
    note: str | None = None


class OnePayment(BaseModel):
    data: Payment
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class OneRequestShown(BaseModel):
    data: RequestShown
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None


class PaymentPage(BaseModel):
    data: list[Payment]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None


class RequestShownPage(BaseModel):
    data: list[RequestShown]
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: AwareDatetime | None
    next: str | None
