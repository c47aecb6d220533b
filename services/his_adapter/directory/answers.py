"""Models of the directory API: fields of an entry as they are sent, and the entry with its texts in one language."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field, create_model

from shared.answers import Answer, Page, Shown
from shared.contracts import his_directory as contract
from shared.contracts.his_directory import EntryKind, Language


class KindOverview(Answer):
    """Number of entries of a kind, the last change and the last confirmation by a source.

    `age_seconds` is the time since the last confirmation.
    """

    kind: EntryKind
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


def _sent(model: type[contract.Listed]) -> Any:
    """Return the fields of an entry in a request: it needs a name, and the path holds `kind` and `code`."""
    fields: dict[str, Any] = {"code": (str, ""), "names": (contract.Words, Field(min_length=1))}
    strict = {"json_schema_extra": None}  # other fields are refused
    return create_model(
        f"{model.__name__}Fields", __base__=model, __doc__=model.__doc__, __cls_kwargs__=strict, **fields
    )


SENT = reduce(or_, map(_sent, contract.MODELS.values()))
EntryFields = Annotated[dict[str, Any], BeforeValidator(lambda body: body, json_schema_input_type=SENT)]
"""The body of a request as it came; the OpenAPI document shows the fields of each kind."""
