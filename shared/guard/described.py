"""Completes the OpenAPI document: security with scopes, headers, and the problems of each route."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from shared.answers import PROBLEMS, Media
from shared.guard.authentication import BodySignature
from shared.guard.bearer import Bearer
from shared.guard.documenting import documented_headers
from shared.guard.refusing import ALWAYS, slugs_of
from shared.guard.route import GuardedRoute, Tag, authentication_of
from shared.problem_types import ProblemType

Schema = dict[str, Any]
JSON = "application/problem+json"
PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457 problem details; `type` is `/problems/<slug>`, which a program may go by (problems.md of "
    "the reference lists them), `detail` names the fix. Some types have more fields.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}, "description": "each field with what is wrong"},
        "command_id": {"type": "string", "description": "of the command that was refused"},
        "break_glass": {"type": "string", "description": "the route that lets somebody read them in an emergency"},
    },
}
THEIRS = ("HTTPValidationError", "ValidationError")
"""FastAPI's own models of a 422, which no route uses."""


def described(app: FastAPI, types: Mapping[str, ProblemType]) -> FastAPI:
    """The app, with the scope, headers and problems of each route in its OpenAPI document."""

    def openapi() -> Schema:
        if not app.openapi_schema:
            document = FastAPI.openapi(app)
            document["tags"] = _tags(app)
            components = document.setdefault("components", {})
            for operation, route in _operations(app, document):
                _answered(operation)
                operation["responses"] |= dict(_errors(route, operation, components, types))
                operation["parameters"] = [*operation.get("parameters", ()), *_headers(route)]
                operation["security"] = [_security(route, components)]
            for name in THEIRS:
                components.get("schemas", {}).pop(name, None)
            app.openapi_schema = _by_title(document)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to alter it
    return app


def _operations(app: FastAPI, document: Schema) -> Iterator[tuple[Schema, GuardedRoute]]:
    for each in iter_route_contexts(app.routes):
        if isinstance(route := each.original_route, GuardedRoute):
            for method in each.methods or ():
                if operation := document["paths"].get(str(each.path), {}).get(method.lower()):
                    yield operation, route


def _tags(app: FastAPI) -> list[Schema]:
    """The tags of all routes that have a description (`Tag`)."""
    routes = iter_route_contexts(app.routes)
    tags = {tag for route in routes for tag in getattr(route, "tags", ()) if isinstance(tag, Tag)}
    return [{"name": str(tag), "description": tag.about} for tag in sorted(tags)]


def _by_title(document: Schema) -> Schema:
    """Rename generic models to their class names: `CasePage` for `Page_Case_`."""
    text = json.dumps(document)
    for name, schema in document["components"].get("schemas", {}).items():
        if name.endswith("_"):
            text = text.replace(f'/{name}"', f'/{schema["title"]}"').replace(
                f'"{name}": {{', f'"{schema["title"]}": {{'
            )
    renamed: Schema = json.loads(text)
    return renamed


def _answered(operation: Schema) -> None:
    """Remove what FastAPI adds to a referenced model from the handler's return type."""
    for answer in operation["responses"].values():
        for content in answer.get("content", {}).values():
            if reference := content.get("schema", {}).get("$ref"):
                content["schema"] = {"$ref": reference}


def _headers(route: GuardedRoute) -> list[Schema]:
    text = {"type": "string", "minLength": 1, "maxLength": 200}
    return [
        {"name": name, "in": "header", "required": False, "schema": text, "description": what}
        for name, what in documented_headers(route.dependant).items()
    ]


def _security(route: GuardedRoute, components: Schema) -> Schema:
    """What the caller needs; OpenAPI 3.1 allows scopes of a bearer scheme here."""
    schemes, authentication = components.setdefault("securitySchemes", {}), authentication_of(route)
    if isinstance(authentication, Bearer):
        schemes["bearer"] = authentication.model.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {"bearer": [authentication.wants]}
    if isinstance(authentication, BodySignature):
        schemes["signature"] = {
            "type": "apiKey",
            "in": "header",
            "name": authentication.header,
            "description": authentication.wants,
        }
        return {"signature": []}
    return {}


def _errors(
    route: GuardedRoute, operation: Schema, components: Schema, types: Mapping[str, ProblemType]
) -> Iterator[tuple[str, Schema]]:
    """Each status with its response; responses that routes share are among the `components`."""
    own = [slug for answer in operation["responses"].values() for slug in answer.pop(PROBLEMS, ())]
    shared = components.setdefault("responses", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    for status, slugs in _by_status({*slugs_of(route), *own}, types):
        kind = route.errors.name if route.errors else "problem"
        name = _component(status, slugs, shared, _problem(route.errors, status, slugs, types), kind)
        yield str(status), {"$ref": f"#/components/responses/{name}"}


def _by_status(slugs: Iterable[str], types: Mapping[str, ProblemType]) -> list[tuple[int, tuple[str, ...]]]:
    """Status → its slugs. Raises `KeyError` for a slug that no `problems.yaml` has."""
    statuses: dict[int, list[str]] = {}
    for slug in sorted(slugs):
        for status in types[slug].statuses:
            statuses.setdefault(status, []).append(slug)
    return [(status, tuple(statuses[status])) for status in sorted(statuses)]


def _component(status: int, slugs: tuple[str, ...], shared: Schema, answer: Schema, kind: str) -> str:
    """The name of these problems among the components, shared by routes with the same problems."""
    own = "".join(f"-{slug}" for slug in slugs if slug not in ALWAYS)
    name = f"{kind}-{status}{own}"
    shared[name] = answer
    return name


def _problem(errors: Media | None, status: int, slugs: tuple[str, ...], types: Mapping[str, ProblemType]) -> Schema:
    """The response for these problems. An unexpected error is answered as a problem also by routes with a format."""
    what = "\n".join(f"- `{slug}`: {types[slug].title}" for slug in slugs)
    if errors and status < 500:
        return {"description": what, "content": errors.content}
    narrowed = {"type": "object", "properties": {"type": {"enum": [f"/problems/{slug}" for slug in slugs]}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}
    return {"description": what, "content": {**(errors.content if errors else {}), JSON: {"schema": schema}}}
