"""Every route of every service says what it takes and what it answers, so that a client can be made from it."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Depends, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from deploy.catalogue import load_all, unstarted
from deploy.reference.routes import app_of
from shared.answers import NO_BODY, Media, says, silent, takes
from shared.guard import GuardedRoute, Public, described, guarded
from shared.problem_types import shared_problems

Schema = dict[str, Any]
FOR_BROWSERS = {
    ("followup", "/s/{token}"): "the survey, a page",
    ("his_adapter", "/v1/soap"): "the WSDL; the calls themselves are described",
}
HOSTS = ("/health/", "/internal/")
"""Routes of the host, for orchestrators: the same for every service."""


def operations(app: FastAPI) -> Iterator[tuple[str, GuardedRoute, Schema]]:
    """(path, route, operation); the operation is {} if the document has none."""
    paths = app.openapi()["paths"]
    for context in iter_route_contexts(app.routes):
        if isinstance(route := context.original_route, GuardedRoute):
            for method in context.methods or ():
                yield str(context.path), route, paths.get(str(context.path), {}).get(method.lower(), {})


def reads_the_body(route: GuardedRoute) -> bool:
    """Whether the function of a route, or something that it depends on, reads the bytes themselves."""

    def calls(dependant: Dependant) -> Iterator[Any]:
        yield dependant.call
        for inner in dependant.dependencies:
            yield from calls(inner)

    named = (
        call if inspect.isroutine(call) or inspect.isclass(call) else type(call) for call in calls(route.dependant)
    )
    return any(re.search(r"request\.(body|stream)\(\)", inspect.getsource(call)) for call in named)


def undescribed(app: FastAPI) -> list[str]:
    """What is not said of the routes of an app."""
    faults = []
    tags = {tag["name"] for tag in app.openapi()["tags"] if tag["description"]}
    for path, route, operation in operations(app):
        if not operation:
            continue
        if reads_the_body(route) and not _schemas(operation.get("requestBody", {})):
            faults.append(f"{path} reads a body and does not say of what (`takes`)")
        successes = {status: answer for status, answer in operation["responses"].items() if status < "300"}
        faults += [
            f"{path} does not say what it answers with {status} (`answers`, `says`, `decides`, `silent`)"
            for status, answer in successes.items()
            if not _schemas(answer) and answer["description"] != NO_BODY
        ]
        faults += [f"{path} has the tag {tag}, of which nothing is said" for tag in {*operation["tags"]} - tags]
        faults += [] if {*operation["responses"]} - {*successes} else [f"{path} does not say how it fails"]
    return sorted(faults)


def _schemas(body: Schema) -> list[Schema]:
    """The schemas of a request body or answer; none if one of its media types has none."""
    schemas = [media.get("schema") for media in body.get("content", {}).values()]
    return [schema for schema in schemas if schema] if all(schemas) else []


@pytest.mark.parametrize("service", load_all(unstarted()), ids=lambda service: service.name)
def test_every_route_says_what_it_takes_and_answers(service: Any) -> None:
    app = app_of(service, unstarted())
    assert undescribed(app) == []
    hidden = {(service.name, path) for path, _, operation in operations(app) if not operation}
    assert {each for each in hidden if not each[1].startswith(HOSTS)} <= FOR_BROWSERS.keys()


def test_a_route_that_says_too_little_is_noticed() -> None:
    router, text = guarded(tags=["odd"]), Media("text", ("text/plain",), {"type": "string"})
    nobody: Any = {"dependencies": [Depends(Public("a test"))], "response_class": Response}
    taken = takes(text, "anything")

    async def echo(request: Request) -> Response:
        """Echo the body."""
        return Response(await request.body())

    router.post("/little", operation_id="little", **nobody)(echo)
    router.post("/enough", operation_id="enough", responses=says(text), openapi_extra=taken, **nobody)(echo)
    router.post("/silent", operation_id="silent", responses=silent(), openapi_extra=taken, **nobody)(echo)
    app = FastAPI()
    app.include_router(router)
    assert undescribed(described(app, shared_problems())) == [
        "/enough has the tag odd, of which nothing is said",
        "/little does not say what it answers with 200 (`answers`, `says`, `decides`, `silent`)",
        "/little has the tag odd, of which nothing is said",
        "/little reads a body and does not say of what (`takes`)",
        "/silent has the tag odd, of which nothing is said",
    ]
