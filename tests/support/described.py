"""Whether real answers are as the OpenAPI documents describe them: whatever a test asks over HTTP is looked at."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
from fastapi.routing import iter_route_contexts
from pydantic import TypeAdapter
from starlette.routing import compile_path

from deploy.catalogue import load_all, unstarted
from deploy.routes import app_of
from shared.guard import GuardedRoute

PROBLEM, NO_ROUTE = "application/problem+json", "not-found"


@dataclass(frozen=True, slots=True)
class Described:
    """One operation: the models of its answers and the slugs of its problems, by status."""

    path: re.Pattern[str]
    models: dict[int, TypeAdapter[Any]]
    slugs: dict[int, list[str]]


@cache
def operations() -> dict[tuple[str, str], list[Described]]:
    """(mount, method) → its operations, in the order in which routes are matched."""
    described: dict[tuple[str, str], list[Described]] = {}
    for service in load_all(unstarted()):
        app = app_of(service, unstarted())
        document = app.openapi()
        for each in iter_route_contexts(app.routes):
            if isinstance(route := each.original_route, GuardedRoute) and route.include_in_schema:
                for method in each.methods or ():
                    operation = document["paths"].get(str(each.path), {}).get(method.lower())
                    if operation:
                        models = {int(s): TypeAdapter(r["model"]) for s, r in route.responses.items() if "model" in r}
                        one = Described(compile_path(str(each.path))[0], models, dict(_slugs(operation, document)))
                        described.setdefault((service.mount or service.name, method), []).append(one)
    return described


def _slugs(operation: dict[str, Any], document: dict[str, Any]) -> Any:
    for status, answer in operation["responses"].items():
        name = answer.get("$ref", "").rpartition("/")[2]
        content = (document["components"]["responses"][name] if name else answer).get("content", {})
        if PROBLEM in content:
            yield int(status), content[PROBLEM]["schema"]["allOf"][1]["properties"]["type"]["enum"]


async def as_described(response: httpx.Response) -> None:
    """An httpx event hook. Raises `ValidationError` or `AssertionError` for an answer that no document describes."""
    mount, _, path = response.request.url.path.strip("/").partition("/")
    among = operations().get((mount, response.request.method), [])
    operation = next((each for each in among if each.path.match(f"/{path}")), None)
    media = response.headers.get("content-type", "").partition(";")[0]
    if operation is None or media not in (PROBLEM, "application/json"):
        return
    body = await response.aread()
    if media == PROBLEM:
        slug = response.json()["type"]
        assert slug in operation.slugs.get(response.status_code, ()) or slug.endswith(f"/{NO_ROUTE}"), (
            f"{response.request.method} {response.request.url} does not describe {response.status_code} {slug}"
        )
    elif operation.models:
        operation.models[response.status_code].validate_json(body)
