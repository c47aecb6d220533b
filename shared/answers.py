"""Response models of the API.

They describe responses (OpenAPI, the generated client), and tests check them. A route returns a plain dict that is not
validated, so that a page of cases costs no second pass.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contracts.base import open_schema

T = TypeVar("T")
Schema = dict[str, Any]
Responses = dict[int | str, Schema]
NO_BODY = "Taken: the answer has no body"
"""The description of a success without a body."""
PROBLEMS = "x-problems"
"""The key under which `answers` passes the slugs to `shared/guard/described.py`."""


def _name(param: Any) -> str:
    return str(getattr(param, "__name__", param))


class Answer(BaseModel):
    """Base of response models. An undeclared field fails the tests; clients ignore fields that they do not know."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=open_schema)


class Shown(Answer, Generic[T]):
    """The answer of a read model. `lag`: events not shown yet as of `lag_as_of`; null before the first sample.

    `position` is opaque: as `min_position` of another request it makes that request wait until its read model is as
    far.
    """

    data: T
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: datetime | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`OneCase` for `Shown[Case]`."""
        return f"One{_name(params[0])}"


class ListOf(Shown[list[T]], Generic[T]):
    """Everything that a read model has of a kind."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`CaseList`."""
        return f"{_name(params[0])}List"


class Page(ListOf[T], Generic[T]):
    """One page; `next` is the `cursor` of the next page, null at the end."""

    next: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`CasePage`."""
        return f"{_name(params[0])}Page"


class CommandDone(Answer):
    """The result of a command: its events, or none if there was nothing to change (`no-op`).

    `position`: as in `Shown`; a read model that has reached it shows the effect. `aggregate`: the id of what was
    changed or created.
    """

    command_id: str
    status: Literal["accepted", "no-op"]
    aggregate: str
    event_ids: list[str]
    position: str


class CommandPending(Answer):
    """The command was sent and is not decided yet: ask `GET /commands/{command_id}`."""

    command_id: str
    status: Literal["pending"]


def answers(model: Any, *slugs: str, status: int = 200) -> Responses:
    """`responses` of a route: the model of its answer, and the problems that it adds to those of all routes."""
    return {status: {"model": model, "description": "Done", PROBLEMS: slugs}}


@dataclass(frozen=True, slots=True)
class Media:
    """A body that another standard defines (HL7 v2, FHIR, SOAP): its media types and its JSON Schema.

    `name` is that of its errors among the components of the OpenAPI document.
    """

    name: str
    types: tuple[str, ...]
    schema: Schema

    @property
    def content(self) -> Schema:
        """`content` of a request body or response in OpenAPI."""
        return {media_type: {"schema": self.schema} for media_type in self.types}


def says(media: Media, *slugs: str, status: int = 200) -> Responses:
    """As `answers`, for a body that another standard defines."""
    return {status: {"description": "Taken", "content": media.content, PROBLEMS: slugs}}


def silent(*slugs: str, status: int = 200) -> Responses:
    """As `answers`, for a success without a body."""
    return {status: {"description": NO_BODY, PROBLEMS: slugs}}


def takes(media: Media, what: str, *also: str) -> Schema:
    """`openapi_extra` of a route that reads the raw body: `what` it is, and under which other media types."""
    content = {**media.content, **{media_type: {"schema": media.schema} for media_type in also}}
    return {"requestBody": {"required": True, "description": what, "content": content}}


def decides(*slugs: str, created: bool = False) -> Responses:
    """`responses` of a route that sends a command, with the rejections of its decider; 201 if it creates something."""
    responses: Responses = {200: {"model": CommandDone, "description": "Decided", PROBLEMS: slugs}}
    if created:
        responses[200]["description"] = "Nothing to do: all was so already"
        responses[201] = {"model": CommandDone, "description": "Made: `aggregate` is its id"}
    pending = "Taken, not decided yet: `location` says where to ask"
    return {**responses, 202: {"model": CommandPending, "description": pending}}
