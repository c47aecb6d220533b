"""Operations of an OpenAPI document, as input of the client's template."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "dict[str, Any]"}
TIMES = {"date-time": "datetime", "date": "date"}
SUCCESS = ("200", "201", "202", "204")
MODEL = "application/json"
"""The media type of bodies that have a model; bodies of all other types are those of other standards."""
PROBLEM = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: `name` in the request, `python` in code; `place` is `path`, `query` or `header`."""

    name: str
    python: str
    type: str
    place: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation, for which the client has one method. `answer` and `body` are Python types, "" for no body.

    `raw`: another standard defines the bodies; `media` are the media types of the request's, the usual one first.
    """

    id: str
    method: str
    path: str
    answer: str
    body: str
    parameters: tuple[Parameter, ...]
    doc: str
    raw: bool = False
    media: tuple[str, ...] = ()

    def of(self, place: str) -> list[Parameter]:
        """Return the parameters in `place`."""
        return [parameter for parameter in self.parameters if parameter.place == place]

    @property
    def named(self) -> list[Parameter]:
        """Return the keyword parameters (query and headers), required ones first."""
        return sorted((*self.of("query"), *self.of("header")), key=lambda parameter: not parameter.required)

    @property
    def url(self) -> str:
        """Return the path as the content of an f-string that quotes each parameter."""
        path = self.path
        for parameter in self.of("path"):
            path = path.replace(f"{{{parameter.name}}}", f"{{quote({parameter.python}, safe='')}}")
        return path


def operations(document: Schema, own: Collection[str]) -> Iterator[Operation]:
    """Yield the operations of clients, without the callbacks that a provider signs.

    `own` are the problem slugs that docstrings list; all other slugs may be answered by every operation.
    """
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if "signature" not in str(operation["security"]):
                sent, answered = operation.get("requestBody", {}).get("content", {}), _answered(operation)
                raw = not {*sent, *answered} <= {MODEL} or not answered
                yield Operation(
                    id=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    answer=_type(answered, "bytes") or "None",
                    body=_type(sent, "str | bytes"),
                    raw=raw,
                    media=tuple(sent) if raw else (),
                    parameters=tuple(_parameter(parameter) for parameter in operation.get("parameters", ())),
                    doc=_doc(operation, document, own),
                )


def type_of(schema: Schema) -> str:
    """Return the Python type of a schema, without `| None`, which depends on whether the parameter is required."""
    if "$ref" in schema:
        return f"models.{schema['$ref'].rpartition('/')[2]}"
    if choices := schema.get("anyOf"):
        return " | ".join(dict.fromkeys(type_of(choice) for choice in choices if choice.get("type") != "null"))
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return f"Literal[{', '.join(map(repr, values))}]"
    if schema.get("type") == "array":
        return f"list[{type_of(schema['items'])}]"
    return TIMES.get(schema.get("format", ""), TYPES.get(schema.get("type", ""), "Any"))


def _answered(operation: Schema) -> Schema:
    """Return media type → description of the first success, {} if it has no body."""
    first = next(status for status in SUCCESS if status in operation["responses"])
    return dict(operation["responses"][first].get("content", {}))


def _type(content: Schema, text: str) -> str:
    """Return the Python type of a body, "" for none. `text`: that of bodies that are no JSON."""
    for described in content.values():
        schema = described["schema"]
        return text if schema.get("type") == "string" else type_of(schema)
    return ""


def _parameter(schema: Schema) -> Parameter:
    python = re.sub(r"\W", "_", schema["name"]).lower()
    return Parameter(schema["name"], python, type_of(schema["schema"]), schema["in"], schema.get("required", False))


def _doc(operation: Schema, document: Schema, own: Collection[str]) -> str:
    """Return the docstring: description, scope, and the problems whose slugs are in `own`."""
    scopes = [f"`{scope}`" for scheme in operation["security"] for scope in scheme.get("bearer", ())]
    slugs = [
        f"`{slug}`"
        for answer in operation["responses"].values()
        if PROBLEM in (described := _resolved(answer, document)).get("content", {})
        for slug in re.findall(r"- `([a-z0-9-]+)`", described["description"])
        if slug in own
    ]
    parts = [str(operation.get("description") or operation["summary"]).strip()]
    parts += [f"Scope {', '.join(scopes)}." if scopes else ""]
    parts += [f"Problems: {', '.join(dict.fromkeys(slugs))}." if slugs else ""]
    return "\n\n".join(filter(None, parts))


def _resolved(answer: Schema, document: Schema) -> Schema:
    name = answer.get("$ref", "").rpartition("/")[2]
    return dict(document["components"]["responses"][name]) if name else answer
