"""Operations of an OpenAPI document as Python calls them."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
TYPES = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "object": "dict[str, Any]"}
TIMES = {"date-time": "datetime", "date": "date"}
SUCCESS = ("200", "201", "202")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: `name` on the wire, `python` in code."""

    name: str
    python: str
    type: str
    place: str
    required: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of a client calls."""

    id: str
    method: str
    path: str
    answer: str
    body: str
    parameters: tuple[Parameter, ...]
    doc: str

    def of(self, place: str) -> list[Parameter]:
        """Its parameters in the path, the query or the headers."""
        return [each for each in self.parameters if each.place == place]

    @property
    def named(self) -> list[Parameter]:
        """Those that are given by name, required ones first."""
        return sorted((*self.of("query"), *self.of("header")), key=lambda each: not each.required)

    @property
    def url(self) -> str:
        """The path as an f-string, each value quoted."""
        path = self.path
        for each in self.of("path"):
            path = path.replace(f"{{{each.name}}}", f"{{quote({each.python}, safe='')}}")
        return path


def operations(document: Schema, own: Collection[str]) -> Iterator[Operation]:
    """Those that answer with a model; what speaks HL7, FHIR or SOAP has clients of its own.

    `own` are the slugs that a method's docstring names: every route may answer the others.
    """
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            if (answer := _answer(said)) and "signature" not in str(said["security"]):
                yield Operation(
                    id=said["operationId"],
                    method=method.upper(),
                    path=path,
                    answer=answer,
                    body=_body(said),
                    parameters=tuple(_parameter(each) for each in said.get("parameters", ())),
                    doc=_doc(said, document, own),
                )


def type_of(schema: Schema) -> str:
    """The Python type of a schema; `| None` is left to whoever says whether it is required."""
    if "$ref" in schema:
        return f"models.{schema['$ref'].rpartition('/')[2]}"
    if choices := schema.get("anyOf"):
        return " | ".join(dict.fromkeys(type_of(each) for each in choices if each.get("type") != "null"))
    if values := schema.get("enum", [schema["const"]] if "const" in schema else []):
        return f"Literal[{', '.join(map(repr, values))}]"
    if schema.get("type") == "array":
        return f"list[{type_of(schema['items'])}]"
    return TIMES.get(schema.get("format", ""), TYPES.get(schema.get("type", ""), "Any"))


def _answer(said: Schema) -> str:
    for status in SUCCESS:
        content = said["responses"].get(status, {}).get("content", {}).get("application/json", {})
        if "$ref" in content.get("schema", {}):
            return type_of(content["schema"])
    return ""


def _body(said: Schema) -> str:
    content = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    return type_of(content["schema"]) if content else ""


def _parameter(said: Schema) -> Parameter:
    python = re.sub(r"\W", "_", said["name"]).lower()
    return Parameter(said["name"], python, type_of(said["schema"]), said["in"], said.get("required", False))


def _doc(said: Schema, document: Schema, own: Collection[str]) -> str:
    """The description, the scope, and the problems that are not everybody's."""
    scopes = [f"`{scope}`" for each in said["security"] for scope in each.get("bearer", ())]
    slugs = [
        f"`{slug}`"
        for answer in said["responses"].values()
        for slug in re.findall(r"- `([a-z0-9-]+)`", _resolved(answer, document).get("description", ""))
        if slug in own
    ]
    parts = [str(said.get("description") or said["summary"]).strip()]
    parts += [f"Scope {', '.join(scopes)}." if scopes else ""]
    parts += [f"Problems: {', '.join(dict.fromkeys(slugs))}." if slugs else ""]
    return "\n\n".join(filter(None, parts))


def _resolved(answer: Schema, document: Schema) -> Schema:
    name = answer.get("$ref", "").rpartition("/")[2]
    return dict(document["components"]["responses"][name]) if name else answer
