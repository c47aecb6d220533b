"""What the directory answers with: an entry as it was told, and its words in the language asked for."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.answers import Answer, Page, Shown
from shared.contracts import his_directory as told
from shared.contracts.his_directory import Kind, Language


class KindOverview(Answer):
    """How many entries of a kind there are, when one last changed and when one was last confirmed."""

    kind: Kind
    entries: int
    changed: AwareDatetime
    confirmed: AwareDatetime
    age_seconds: int


class Spoken(Answer):
    """`name` and `text` in `language`; who told the entry last, when it changed and when it was last confirmed."""

    name: str
    language: Language
    text: str
    source: str
    changed: AwareDatetime
    confirmed: AwareDatetime


class ListedDepartment(Spoken, told.Department):
    """A department."""


class ListedDoctor(Spoken, told.Doctor):
    """Somebody patients may see."""


class ListedLocation(Spoken, told.Location):
    """A room, ward, building or campus."""


class ListedHours(Spoken, told.ClinicHours):
    """When a department or doctor sees patients."""


class ListedPrice(Spoken, told.Price):
    """What something costs."""


class ListedTransport(Spoken, told.Transport):
    """A way to the hospital."""


class ListedNews(Spoken, told.News):
    """Something the hospital announces."""


Entry = Annotated[
    ListedDepartment | ListedDoctor | ListedLocation | ListedHours | ListedPrice | ListedTransport | ListedNews,
    Field(discriminator="kind"),
]


class OneEntry(Shown[Entry]):
    """One entry."""


class EntryPage(Page[Entry]):
    """Entries of a kind."""
