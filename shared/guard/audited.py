"""Records who got an answer that shows persons, before it is sent."""

from typing import Any, Literal, cast

from fastapi import Request

from shared.audit import NotRecorded, seen
from shared.caller import Caller
from shared.contracts.audit import PURPOSES, PersonsAccessed, PurposeOfUse
from shared.problems import Problem

HEADER = "purpose-of-use"
"""The header with the caller's purpose, a code of HL7 v3 PurposeOfUse; default: the service's own."""


async def audited(request: Request, admitted: Any, result: Literal["shown", "refused"]) -> None:
    """Record the persons that this request was shown or refused. Raises a 503 problem if that is not possible."""
    people = seen(request)
    if not people or not isinstance(admitted, Caller):
        return
    deps = request.app.state.deps
    access = PersonsAccessed(
        at=deps.clock(),
        reader=admitted.name,
        reader_type=admitted.actor.type,
        service=deps.service.slug,
        route=f"{request.method} {request.scope['route'].path}",
        purpose=_purpose(request, deps.service.purpose),
        result=result,
        persons=people.persons,
        more=people.more,
        resources=people.resources,
    )
    try:
        await deps.audit.record(access)
    except NotRecorded as error:
        raise Problem(503, "audit-away", f"{error}: nothing is told of anybody", {"retry-after": "10"}) from error


def _purpose(request: Request, own: PurposeOfUse) -> PurposeOfUse:
    purpose = request.headers.get(HEADER)
    if purpose and purpose not in PURPOSES:
        raise Problem(400, "purpose-unknown", f"`{HEADER}` must be one of {', '.join(PURPOSES)}")
    return cast(PurposeOfUse, purpose) if purpose else own
