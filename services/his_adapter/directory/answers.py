"""Response models of the directory API: the entry with all its fields, and its texts in the requested language."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.answers import Answer, Page, Shown
from shared.contracts import his_directory as contract
from shared.contracts.his_directory import Kind, Language


class KindOverview(Answer):
    """Number of entries of a kind, the last change and the last confirmation by a source.

    `age_seconds` is the time since the last confirmation.
    """

    kind: Kind
    entries: int
    changed: AwareDatetime
    confirmed: AwareDatetime
    age_seconds: int


class Spoken(Answer):
    """`name` and `text` in `language`; `source` sent the last change, `confirmed` is when a source last repeated it."""

    name: str
    language: Language
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class ListedDepartment(Spoken, contract.Department):
    """A department."""


class ListedDoctor(Spoken, contract.Doctor):
    """A doctor."""


class ListedLocation(Spoken, contract.Location):
    """A room, ward, building or campus."""


class ListedHours(Spoken, contract.ClinicHours):
    """Clinic hours of a department or doctor."""


class ListedPrice(Spoken, contract.Price):
    """The price of a service."""


class ListedTransport(Spoken, contract.Transport):
    """A means of transport to the hospital."""


class ListedNews(Spoken, contract.News):
    """An announcement."""


Entry = Annotated[
    ListedDepartment | ListedDoctor | ListedLocation | ListedHours | ListedPrice | ListedTransport | ListedNews,
    Field(discriminator="kind"),
]


class OneEntry(Shown[Entry]):
    """Response with one entry."""


class EntryPage(Page[Entry]):
    """A page of entries of a kind."""
