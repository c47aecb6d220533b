"""Published by his_adapter's directory: public information of a hospital. It contains nothing about patients.

The FHIR resources and HL7 v2 master files that entries come from are named in the docstrings.
"""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, get_args

from pydantic import AwareDatetime, Field, StringConstraints, WithJsonSchema

from shared.contracts.base import Event, Part
from shared.contracts.bounds import FreeArticle, FreeText
from shared.text_form import TextForm

Language = Literal["zh", "en"]
Words = Mapping[Language, FreeArticle]
"""A text in each language that it is known in."""
Weekday = Annotated[int, Field(ge=1, le=7)]
"""ISO 8601: 1 is Monday."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Listed(Part):
    """Fields of every entry. `active` False: no longer offered. `since`, `until`: first and last day."""

    code: str = Field(min_length=1)
    names: Words = {}
    about: Words = {}
    active: bool = True
    since: date | None = None
    until: date | None = None


class Department(Listed):
    """A department (MFN^M05 LDP, FHIR Organization). `part_of`: code of the department above it."""

    kind: Literal["department"] = "department"
    part_of: str = ""
    location: str = ""
    phones: tuple[str, ...] = ()


class Doctor(Listed):
    """A doctor whom patients may see (MFN^M02 STF and PRA, FHIR Practitioner and PractitionerRole)."""

    kind: Literal["doctor"] = "doctor"
    title: Words = {}
    departments: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


class Location(Listed):
    """A room, ward, building or campus (MFN^M05 LOC, FHIR Location); latitude and longitude in degrees (WGS 84)."""

    kind: Literal["location"] = "location"
    form: str = ""
    part_of: str = ""
    department: str = ""
    address: Words = {}
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    phones: tuple[str, ...] = ()


WallClock = Annotated[
    time, WithJsonSchema({"type": "string", "pattern": r"^\d\d:\d\d(:\d\d(\.\d+)?)?$", "examples": ["08:30:00"]})
]
"""A time of day without a zone: JSON Schema's format `time` (RFC 3339) would want one."""


class Hours(Part):
    """A span of a day in local time of the hospital; without `starts` all day."""

    weekdays: tuple[Weekday, ...] = ()
    starts: WallClock | None = None
    ends: WallClock | None = None


class Closed(Part):
    """Days on which the clinic is closed, first and last, with the reason."""

    since: date
    until: date
    why: FreeText = ""


class ClinicHours(Listed):
    """When a department or doctor sees patients (FHIR PractitionerRole and HealthcareService.availableTime).

    `session`: the hospital's term (ordinary, expert, special); `fee`: the registration fee in CNY.
    """

    kind: Literal["clinic-hours"] = "clinic-hours"
    department: str = ""
    doctor: str = ""
    location: str = ""
    session: str = ""
    hours: tuple[Hours, ...] = ()
    closed: tuple[Closed, ...] = ()
    fee: Decimal | None = Field(None, ge=0)


class Price(Listed):
    """A price (MFN^M04 CDM and PRC, FHIR ChargeItemDefinition): decimal amount per `unit`, ISO 4217 currency."""

    kind: Literal["price"] = "price"
    amount: Decimal | None = Field(None, ge=0)
    currency: Currency = "CNY"
    unit: str = ""
    category: str = ""
    department: str = ""


class Transport(Listed):
    """A way to the hospital; `location`: the entrance where it ends."""

    kind: Literal["transport"] = "transport"
    mode: Literal["metro", "bus", "car", "taxi", "shuttle", "train", "walk"] = "bus"
    location: str = ""


class News(Listed):
    """An announcement of the hospital; `names`: headlines, `about`: texts."""

    kind: Literal["news"] = "news"
    published: AwareDatetime | None = None
    url: str = ""
    department: str = ""


Entry = Annotated[Department | Doctor | Location | ClinicHours | Price | Transport | News, Field(discriminator="kind")]
EntryKind = Literal["department", "doctor", "location", "clinic-hours", "price", "transport", "news"]
MODELS: dict[str, type[Listed]] = {model.model_fields["kind"].default: model for model in get_args(get_args(Entry)[0])}


class EntryKey(NamedTuple):
    """The key of an entry; as text (`entry_id`) it is `<kind>/<code>`."""

    kind: str
    code: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.code}"

    @classmethod
    def of(cls, text: str) -> Self:
        """Parse an `entry_id`; the code may contain slashes."""
        kind, _, code = text.partition("/")
        return cls(kind, code)


EntryId = Annotated[EntryKey, TextForm(EntryKey.of)]


class DirectoryEvent(Event):
    """Fields of every event of the directory. `entry_id` is `<kind>/<code>`; `source`: who reported it."""

    key_field: ClassVar[str] = "entry_id"

    entry_id: EntryId
    source: str = ""


class EntryListed(DirectoryEvent):
    """An entry is new or changed: the whole current `entry`, and what its source stated (`said` on the topic)."""

    wire: ClassVar[str] = "careloop.his-directory.entry_listed.v1"

    entry: Entry
    stated_fields: Mapping[str, Any] = Field({}, alias="said")


class EntryConfirmed(DirectoryEvent):
    """A source repeated an entry without a change."""

    wire: ClassVar[str] = "careloop.his-directory.entry_confirmed.v1"


class EntryWithdrawn(DirectoryEvent):
    """An entry was removed, whoever had reported it; it may be listed again."""

    wire: ClassVar[str] = "careloop.his-directory.entry_withdrawn.v1"
