"""What the OpenAPI description says of errors, in one place: every route refuses alike, some in their own words."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from shared.guard.bearer import Bearer
from shared.guard.route import GuardedRoute, authentication_of

Schema = dict[str, Any]
ANY = (400, 404, 408, 409, 410, 413, 422, 429, 503)
NOBODY = (401, 403)
"""Where a token with a scope is asked for."""
PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457 problem details; `type` is a slug that a program may go by, `detail` names the fix",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "each field with what is wrong"},
    },
}
THEIRS = ("HTTPValidationError", "ValidationError")
"""FastAPI's own words for a 422, which no route uses."""


def described(app: FastAPI) -> FastAPI:
    """The app, whose description names the errors of each route."""

    def openapi() -> Schema:
        if not app.openapi_schema:
            document = FastAPI.openapi(app)
            for operation, route in _operations(app, document):
                operation["responses"] |= dict(_errors(route, document["components"]))
            for name in THEIRS:
                document["components"].get("schemas", {}).pop(name, None)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to alter it
    return app


def _operations(app: FastAPI, document: Schema) -> Iterator[tuple[Schema, GuardedRoute]]:
    document.setdefault("components", {})
    for each in iter_route_contexts(app.routes):
        if isinstance(route := each.original_route, GuardedRoute):
            for method in each.methods or ():
                if operation := document["paths"].get(str(each.path), {}).get(method.lower()):
                    yield operation, route


def _errors(route: GuardedRoute, components: Schema) -> Iterator[tuple[str, Schema]]:
    """Each status with a reference to what is answered; what it refers to is put among the `components`."""
    media, _, kind = route.errors.partition(" ")
    schema = {} if kind else {"schema": {"$ref": "#/components/schemas/Problem"}}
    answer = {"description": "Not done: the body says why", "content": {media: schema}}
    components.setdefault("responses", {})[kind or "problem"] = answer
    if not kind:
        components.setdefault("schemas", {})["Problem"] = PROBLEM
    for status in sorted({*ANY, *route.more, *(NOBODY if isinstance(authentication_of(route), Bearer) else (401,))}):
        yield str(status), {"$ref": f"#/components/responses/{kind or 'problem'}"}
