"""Published by his_adapter's directory: what a hospital tells everybody about itself. Nothing about patients is in it.

FHIR resources and HL7 v2 master files named in the docstrings are where an entry comes from.
"""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self, get_args

from pydantic import AwareDatetime, Field, StringConstraints, WithJsonSchema

from shared.contracts.base import Event, Part
from shared.contracts.bounds import FreeArticle, FreeText

Language = Literal["zh", "en"]
Words = Mapping[Language, FreeArticle]
"""The same text in each language it is known in."""
Weekday = Annotated[int, Field(ge=1, le=7)]
"""ISO 8601: 1 is Monday."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Listed(Part):
    """What every entry says. `active` False: no longer offered. `since` and `until` are the first and last day."""

    code: str = Field(min_length=1)
    names: Words = {}
    about: Words = {}
    active: bool = True
    since: date | None = None
    until: date | None = None


class Department(Listed):
    """A department (MFN^M05 LDP, FHIR Organization). `part_of` is the code of the department above it."""

    kind: Literal["department"] = "department"
    part_of: str = ""
    location: str = ""
    phones: tuple[str, ...] = ()


class Doctor(Listed):
    """Somebody patients may see (MFN^M02 STF and PRA, FHIR Practitioner and PractitionerRole)."""

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
    """Times of a day on the hospital's wall clock; no `starts` means all day."""

    weekdays: tuple[Weekday, ...] = ()
    starts: WallClock | None = None
    ends: WallClock | None = None


class Closed(Part):
    """Days on which something is not held, first and last, and why."""

    since: date
    until: date
    why: FreeText = ""


class ClinicHours(Listed):
    """When a department or doctor sees patients (FHIR PractitionerRole and HealthcareService.availableTime).

    `session` is the hospital's word (ordinary, expert, special); `fee` is what registering costs, in CNY.
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
    """What something costs (MFN^M04 CDM and PRC, FHIR ChargeItemDefinition): a decimal amount a `unit`, ISO 4217."""

    kind: Literal["price"] = "price"
    amount: Decimal | None = Field(None, ge=0)
    currency: Currency = "CNY"
    unit: str = ""
    category: str = ""
    department: str = ""


class Transport(Listed):
    """A way to the hospital; `location` is the entrance it ends at."""

    kind: Literal["transport"] = "transport"
    mode: Literal["metro", "bus", "car", "taxi", "shuttle", "train", "walk"] = "bus"
    location: str = ""


class News(Listed):
    """Something the hospital announces; `names` are its headlines, `about` its texts."""

    kind: Literal["news"] = "news"
    published: AwareDatetime | None = None
    url: str = ""
    department: str = ""


Entry = Annotated[Department | Doctor | Location | ClinicHours | Price | Transport | News, Field(discriminator="kind")]
Kind = Literal["department", "doctor", "location", "clinic-hours", "price", "transport", "news"]
MODELS: dict[str, type[Listed]] = {model.model_fields["kind"].default: model for model in get_args(get_args(Entry)[0])}


class EntryKey(NamedTuple):
    """What an entry is known by; as text (`entry_id`) it is `<kind>/<code>`."""

    kind: str
    code: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.code}"

    @classmethod
    def of(cls, text: str) -> Self:
        """The key that a text names; a code may hold slashes."""
        kind, _, code = text.partition("/")
        return cls(kind, code)


class DirectoryEvent(Event):
    """What every event of the directory carries. `entry_id` is `<kind>/<code>`; `source` says who told it."""

    key_field: ClassVar[str] = "entry_id"

    entry_id: str
    source: str = ""


class EntryListed(DirectoryEvent):
    """An entry is new or different: the whole `entry` as it stands now, and what this source has `said` of it."""

    wire: ClassVar[str] = "careloop.his-directory.entry_listed.v1"

    entry: Entry
    said: Mapping[str, Any] = {}


class EntryConfirmed(DirectoryEvent):
    """A source told an entry again and it is as it was."""

    wire: ClassVar[str] = "careloop.his-directory.entry_confirmed.v1"


class EntryWithdrawn(DirectoryEvent):
    """An entry is gone, whoever told of it; it may be listed again."""

    wire: ClassVar[str] = "careloop.his-directory.entry_withdrawn.v1"
