"""Before an answer leaves that tells of people, it is on record who got it."""

from typing import Any, Literal, cast

from fastapi import Request

from shared.audit import NotRecorded, seen
from shared.caller import Caller
from shared.contracts.audit import PURPOSES, PersonsAccessed, Purpose
from shared.problems import Problem

HEADER = "purpose-of-use"
"""What a caller may say of its purpose, a code of HL7 v3 PurposeOfUse; else it is the service's own."""


async def audited(request: Request, admitted: Any, result: Literal["shown", "refused"]) -> None:
    """Record the people this request was told of, if any. Raises a 503 problem where that is not possible."""
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
    )
    try:
        await deps.audit.record(access)
    except NotRecorded as error:
        raise Problem(503, "audit-away", f"{error}: nothing is told of anybody", {"retry-after": "10"}) from error


def _purpose(request: Request, own: Purpose) -> Purpose:
    said = request.headers.get(HEADER)
    if said and said not in PURPOSES:
        raise Problem(400, "purpose-unknown", f"`{HEADER}` must be one of {', '.join(PURPOSES)}")
    return cast(Purpose, said) if said else own
