"""HTTP request → command → outcome → HTTP response, the same for every service."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import category
from uuid import uuid4

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationInfo, field_validator

from shared import positions
from shared.access import acting
from shared.actor import Actor
from shared.answers import CommandDone, answers
from shared.bounding import within
from shared.caller import Caller
from shared.ciphers import mac
from shared.contracts.base import Command, Stamp, retold
from shared.guard import Tag, documents, guarded, scope
from shared.host.deps import Deps
from shared.ids import derive
from shared.outcomes import Outcome, outcome_of
from shared.problem_types import rejections
from shared.problems import Problem, problem
from shared.projector.folding import CAUSE
from shared.telemetry import edge_span

WAIT_SECONDS = 10.0
KEY = "the request sent again under the same key is answered as the first was, and does nothing more"
TAG = Tag("commands", "What became of a command")


class Body(BaseModel):
    """Base of request bodies. Unknown fields are refused, as they are mostly typing errors.

    A text with a minimum length needs as many visible characters: blanks do not count.
    """

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _visible(cls, value: Any, about: ValidationInfo) -> Any:
        bounds = cls.model_fields[about.field_name or ""].metadata
        minimum = max((getattr(each, "min_length", None) or 0 for each in bounds), default=0)
        if isinstance(value, str) and sum(category(sign)[0] not in "CZ" for sign in value) < minimum:
            raise ValueError(f"must have at least {minimum} characters that can be seen")
        return value


def strictly(contract: Any) -> BeforeValidator:
    """Annotates a contract (a model or a union of them) in a request body: unknown fields are refused there too.

    Values that are longer than `shared/contracts/bounds.py` allows are refused as well.
    """
    adapter = TypeAdapter[Any](contract)
    return BeforeValidator(lambda value: within(adapter.validate_python(value)))


def known_parameters(request: Request) -> None:
    """A dependency: refuse query parameters that the route does not have or that are repeated."""
    names = _query_names(request.scope["route"].dependant)
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if count > 1:
            raise Problem(422, "parameter-repeated", f"the query parameter `{name[:100]}` is said more than once")
    for name in request.query_params.keys() - names:
        takes = f"only {', '.join(f'`{one}`' for one in sorted(names))}" if names else "there is none"
        raise Problem(422, "parameter-unknown", f"the query parameter `{name}` is not known here, {takes}")


def _query_names(dependant: Dependant) -> set[str]:
    below = (name for inner in dependant.dependencies for name in _query_names(inner))
    return {field.alias for field in dependant.query_params} | set(below)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a command. `id` is `uuid5(client, route, Idempotency-Key)`, or random without that header.

    `fingerprint`: HMAC of the body if there is a key; the same key with another body is an error.
    """

    id: str
    at: datetime
    caller: Caller
    fingerprint: str = ""

    @property
    def stamp(self) -> Stamp:
        """`id` and `at`, for the constructor of a command."""
        return Stamp(id=self.id, at=self.at)


def asking(
    wanted: str, once: str = "", *, per_minute: int | None = None, of_nobody: str = ""
) -> Callable[..., Awaitable[Asked]]:
    """A FastAPI dependency: the caller has the scope `wanted` and asks for a command; options as of `Bearer`.

    If the path names a person, the caller must be allowed to read them, unless `of_nobody` says why not.
    """
    check = scope(wanted, once, per_minute, of_nobody)

    @documents("idempotency-key-invalid", "idempotency-key-reused", "rule-failed", headers={"Idempotency-Key": KEY})
    async def asked(request: Request, caller: Caller = Depends(check)) -> Asked:
        deps = request.app.state.deps
        command = await _asked(deps, request, caller)
        if (person := request.path_params.get("person_id")) and not of_nobody:
            await acting(deps, caller).need(person)
        return command

    return asked


async def _asked(deps: Deps, request: Request, caller: Caller) -> Asked:
    """The request by its key. Raises `AnsweredBefore`, and a problem for an invalid key."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return Asked(str(uuid4()), deps.clock(), caller)
    if not 1 <= len(key) <= 200:
        raise Problem(400, "idempotency-key-invalid", "`Idempotency-Key` must have 1 to 200 characters")
    fingerprint = mac(deps.settings.keys.site_key, await _canonical(request)).hex()[:32]
    id = derive(caller.name, request.method, request.url.path, key)
    outcome = await known_outcome(deps, id)
    if outcome and outcome.status != "failed":
        raise AnsweredBefore(outcome, fingerprint)
    return Asked(id, deps.clock(), caller, fingerprint)


class AnsweredBefore(Exception):
    """This caller asked for a command under the same Idempotency-Key before, and it was decided.

    The outcome is answered before anything else is asked: the command may have ended the right to read whom it is
    about, and whoever has lost the right learns nothing but what became of their own request.
    """

    def __init__(self, outcome: Outcome, fingerprint: str) -> None:
        super().__init__(outcome.command_id)
        self.outcome, self.fingerprint = outcome, fingerprint


def answer_again(request: Request, error: Exception) -> JSONResponse:
    """What is answered then: as the first time, or a problem if the body is another one."""
    assert isinstance(error, AnsweredBefore)
    created = 201 if 201 in request.scope["route"].responses else 200
    return _answer(error.outcome, error.fingerprint, created)


async def _canonical(request: Request) -> bytes:
    body = await request.body()
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, TypeError):  # TypeError: nested deeper than it can be written
        return body


async def submit_and_wait(
    deps: Deps,
    target: str,
    command: Command,
    document: Mapping[str, Any] | None = None,
    fingerprint: str = "",
    *,
    actor: Actor,
) -> Outcome | None:
    """Send a command to a decider of this service; returns its outcome, or None after `WAIT_SECONDS`.

    `document`: the read model that the caller acted on. Its last event is the cause of the command, and the command is
    encrypted for its person.
    """
    command = _for_the_person(command, document or {})
    cause = (document or {}).get(CAUSE, {})

    async def sent() -> None:
        with edge_span(f"create {type(command).__name__}", **{"careloop.command": type(command).wire}) as headers:
            context = (cause.get("correlation", ""), cause.get("event", ""))
            envelope = deps.sender.envelope(target, command, *context, fingerprint, actor=actor)
            await deps.sender.send(target, [(envelope, headers)])

    return await deps.replies.answer(command.id, sent(), WAIT_SECONDS)


def _for_the_person(command: Command, document: Mapping[str, Any]) -> Command:
    """Set `person_id` of a command that needs it for encryption only, from the document that it acts on."""
    lacks_person = command.seal_field == "person_id" and not getattr(command, "person_id", "")
    person = document.get("person_id", "")
    if not (lacks_person and person):
        return command
    return retold(type(command), command, leave=("person_id",), person_id=person)


async def submit(
    deps: Deps,
    asked: Asked,
    target: str,
    command: Command,
    created: int = 200,
    document: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """Send a command and answer with its outcome, or 202 with the URL of the outcome if that takes too long.

    A request repeated with its Idempotency-Key gets the first answer: see `AnsweredBefore`.
    """
    outcome = await submit_and_wait(deps, target, command, document, asked.fingerprint, actor=asked.caller.actor)
    if outcome is None:
        where = f"/commands/{command.id}"
        return JSONResponse({"command_id": command.id, "status": "pending"}, 202, {"location": where})
    return _answer(outcome, asked.fingerprint, created)


def _answer(outcome: Outcome, fingerprint: str, created: int) -> JSONResponse:
    """The response for the outcome of a request with this fingerprint: a problem if the first one had another."""
    if fingerprint and outcome.fingerprint not in ("", fingerprint):
        detail = "this `Idempotency-Key` was used with another body: send a new key, or the first body"
        return problem(422, "idempotency-key-reused", detail, command_id=outcome.command_id)
    return answer(outcome, created)


async def known_outcome(deps: Deps, command_id: str) -> Outcome | None:
    """The outcome of a command from the read model, which keeps it for seven days."""
    row = await deps.database["command_outcomes"].find_one({"_id": command_id})
    return outcome_of(row, row["time"].isoformat()) if row else None


def answer(outcome: Outcome, created: int = 200) -> JSONResponse:
    """The response for an outcome: a rejection is 409 (404 for `…-unknown`), a failed rule 500, as problem details."""
    if outcome.status == "rejected":
        status = 404 if outcome.slug.endswith("-unknown") else 409
        return problem(status, outcome.slug, outcome.detail, command_id=outcome.command_id)
    if outcome.status == "failed":
        detail = f"{outcome.detail}: the command is kept as a dead letter, `careloop dlq list` shows it"
        return problem(500, outcome.slug, detail, command_id=outcome.command_id)
    body = {
        "command_id": outcome.command_id,
        "status": outcome.status,
        "aggregate": outcome.aggregate,
        "event_ids": list(outcome.event_ids),
        "position": positions.token(outcome.position),
    }
    return JSONResponse(body, created if outcome.status == "accepted" else 200)


def command_routes(deps: Deps) -> APIRouter:
    """`GET /commands/{id}`: the outcome of a command, kept for seven days."""
    router, deciders = guarded(tags=[TAG]), [decider.name for decider in deps.service.deciders]
    ever = ("command-unknown", "rule-failed", *rejections(deps.service.package, deciders))
    read = scope(f"{deps.service.slug}:read", of_nobody="ids alone: what became of a command, not what it says")

    @router.get("/commands/{id}", responses=answers(CommandDone, *ever))
    async def get_command(id: str, caller: Caller = Depends(read)) -> JSONResponse:
        """Get the outcome of a command."""
        outcome = await known_outcome(deps, id)
        if outcome is None:
            raise Problem(404, "command-unknown", f"no outcome is known for {id!r}: it is undecided or over 7 days old")
        return answer(outcome)

    return router
