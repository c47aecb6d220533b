"""Requests made from the OpenAPI description of the running system: as it says, and not quite as it says.

Nothing is an error of ours; what is answered, and refused, is so as the description says: a problem by its slug, too.
"""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response

from deploy.catalogue import mounts
from deploy.demo.director import Director
from deploy.local.system import System
from tests.fuzz import FULL

EXAMPLES = 200 if FULL else 5
"""Of each operation and kind: right in shape, and wrong."""
AT_ONCE = 4
CONFORMS = ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
NO_HTTP = b"Invalid HTTP request received."
"""The server's own words for bytes between a request's lines that no header has."""


@schemathesis.serializer("application/hl7-v2")
def as_it_is(context: Any, text: Any) -> bytes:
    """Serialize HL7 v2, which schemathesis cannot write: the text itself."""
    return str(text).encode("utf-8", "replace")


def cases(operation: Any, mode: GenerationMode) -> list[Case]:
    """Random requests for an operation, the same in every run unless `FULL`."""
    drawn: list[Case] = []

    @settings(
        max_examples=EXAMPLES,
        derandomize=not FULL,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def draw(case: Case) -> None:
        drawn.append(case)

    with suppress(Unsatisfiable):  # nothing can be wrong where nothing is asked for
        draw()
    return drawn


@pytest.mark.parametrize("mount", mounts())
async def test_no_operation_answers_with_an_error_of_ours_or_one_it_does_not_describe(
    system: System, director: Director, mount: str
) -> None:
    described = (await director.http.get(f"/{mount}/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(described)
    token, base = director.http.headers["authorization"], f"{system.options.url}/{mount}"
    free = asyncio.Semaphore(AT_ONCE)

    async def wrong_with(case: Case) -> str | None:
        async with free:
            if isinstance(case.query.get("wait"), int | float):
                case.query["wait"] %= 0.5  # longer is only longer
            answer = await asyncio.to_thread(case.call, base_url=base, headers={"authorization": token}, timeout=60)
        return fault(case, answer)

    operations = [result.ok() for result in schema.get_all_operations()]
    every = [case for each in operations for mode in GenerationMode for case in cases(each, mode)]
    faults = await asyncio.gather(*map(wrong_with, every))
    assert "\n".join(filter(None, faults)) == ""
    assert len(every) > 2 * EXAMPLES


def fault(case: Case, answer: Response) -> str | None:
    """What is wrong with an answer; None where nothing is."""
    shown = f"{case.as_curl_command()} → {answer.status_code} {answer.content[:300]!r}"
    if answer.status_code >= 500 and not blames_the_sender(answer):
        return shown
    if no_operation(answer):
        return None
    checks = [schemathesis.checks.CHECKS.get_one(name) for name in CONFORMS]
    try:
        case.validate_response(answer, checks=checks)
    except FailureGroup as error:
        return f"{error} {shown}"
    return None


def no_operation(answer: Response) -> bool:
    """Whether no operation was called: the request was no HTTP, or a slash in a parameter changed its path."""
    return answer.content == NO_HTTP or b'"type":"/problems/not-found"' in answer.content


def blames_the_sender(answer: Response) -> bool:
    """SOAP 1.1 has a 500 for that, too."""
    return b"<faultcode>s:Client</faultcode>" in answer.content
