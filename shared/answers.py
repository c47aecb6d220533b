"""What an API answers with, as models.

They describe (OpenAPI, the generated client) and they check in tests: what a route answers is a dict that no model is
built of, so that a page of cases costs no second pass.
"""

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contracts.base import open_schema

T = TypeVar("T")
Responses = dict[int | str, dict[str, Any]]
PROBLEMS = "x-problems"
"""Where `answers` leaves the slugs for `shared/guard/described.py`."""


def _name(param: Any) -> str:
    return str(getattr(param, "__name__", param))


class Answer(BaseModel):
    """What is answered. A field that it does not name fails the tests; a client passes over what it does not know."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=open_schema)


class Shown(Answer, Generic[T]):
    """What a read model answers with. `lag` counts events not shown yet as of `lag_as_of`, null before it was sampled.

    `position` is opaque: as `min_position` it makes another request wait until its read model is as far.
    """

    data: T
    as_of: AwareDatetime
    position: str
    lag: int | None
    lag_as_of: datetime | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`OneCase` of `Shown[Case]`, `ManyCase` of a list."""
        return f"One{_name(params[0])}"


class ListOf(Shown[list[T]], Generic[T]):
    """Everything a read model has of a kind."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`CaseList`."""
        return f"{_name(params[0])}List"


class Page(ListOf[T], Generic[T]):
    """Some of many: `next` is the `cursor` of the next page, null at the end."""

    next: str | None

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`CasePage`."""
        return f"{_name(params[0])}Page"


class CommandDone(Answer):
    """What a command led to: its events, or none where all was so already (`no-op`).

    `position` as of `Shown`: a read model that has reached it shows the effect. `aggregate` is the id of what changed,
    also of what was made.
    """

    command_id: str
    status: Literal["accepted", "no-op"]
    aggregate: str
    event_ids: list[str]
    position: str


class CommandPending(Answer):
    """It was taken and is not decided yet: ask `GET /commands/{command_id}`."""

    command_id: str
    status: Literal["pending"]


def answers(model: Any, *slugs: str, status: int = 200) -> Responses:
    """For `responses` of a route: the model of its answer, and the problems that it adds to those of all routes."""
    return {status: {"model": model, "description": "Done", PROBLEMS: slugs}}


def says(media_type: str, *slugs: str, status: int = 200) -> Responses:
    """As `answers`, for what another standard describes (HL7 v2, FHIR, SOAP)."""
    schema = {"type": "object" if media_type.endswith("json") else "string"}
    return {status: {"description": "Taken", "content": {media_type: {"schema": schema}}, PROBLEMS: slugs}}


def decides(*slugs: str, created: bool = False) -> Responses:
    """For `responses` of a route that sends a command, with what its decider may say: 201 for what was `created`."""
    done: Responses = {200: {"model": CommandDone, "description": "Decided", PROBLEMS: slugs}}
    if created:
        done[200]["description"] = "Nothing to do: all was so already"
        done[201] = {"model": CommandDone, "description": "Made: `aggregate` is its id"}
    pending = "Taken, not decided yet: `location` says where to ask"
    return {**done, 202: {"model": CommandPending, "description": pending}}
