"""Parse and validate a FHIR R4 resource and read it by path. The R4B models accept R4, those of R5 do not."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from services.his_adapter.formats.common.shape import shape_of
from shared.contracts.bounds import MAX_CODE_CHARACTERS

Resource = dict[str, Any]
MAX_VALUES, MAX_DEPTH = 300_000, 100
"""Limit of the values in a body (validation takes about 10 µs per value) and of their nesting depth."""


class Invalid(Exception):
    """A resource is invalid; `faults` are pairs of FHIRPath and what to correct."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {text}" for path, text in faults))
        self.faults = faults


def load(raw: bytes) -> Resource:
    """Parse a JSON object with a `resourceType`. Raises `Invalid`."""
    if raw.count(b",") > MAX_VALUES:
        raise Invalid([("", f"a body of more than {MAX_VALUES} values is not taken: send it in parts")])
    try:
        body = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Invalid([("", f"the body is no JSON: {error}")]) from error
    if not isinstance(body, dict) or not isinstance(body.get("resourceType"), str):
        raise Invalid([("resourceType", "a resource is a JSON object that names its `resourceType`")])
    if _too_deep(body, MAX_DEPTH):
        raise Invalid([("", f"its values are nested more than {MAX_DEPTH} deep")])
    return body


def _too_deep(value: Any, most: int) -> bool:
    """Whether lists and objects are nested more than `most` levels."""
    level: list[Any] = [value]
    for _ in range(most + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    """The lists and objects directly in a value."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (each for each in parts if isinstance(each, dict | list))


def validate(resource: Resource) -> None:
    """Validate a resource against FHIR R4: unknown fields are refused, as are wrong types. Raises `Invalid`."""
    kind = str(resource.get("resourceType"))
    model = _model(kind)
    if model is None:
        raise Invalid([("resourceType", f"{shape_of(kind)} is no resource of FHIR R4")])
    try:
        model.model_validate(resource)
    except ValidationError as error:
        raise Invalid([(_path(kind, fault["loc"]), fault["msg"]) for fault in error.errors()[:20]]) from error
    except Exception as error:  # the models raise other errors for an unknown contained type
        raise Invalid([(kind, "cannot be read as FHIR R4: look for a wrong `resourceType` inside")]) from error
    if any(len(str(value)) > MAX_CODE_CHARACTERS for value in every(resource, "identifier.value")):
        raise Invalid([(f"{kind}.identifier.value", f"has more than {MAX_CODE_CHARACTERS} characters")])


@lru_cache(maxsize=256)
def _model(kind: str) -> type[BaseModel] | None:
    if not kind.isascii() or not kind.isalpha():
        return None
    try:
        module = import_module(f"fhir.resources.R4B.{kind.lower()}")
    except ImportError:
        return None
    model: type[BaseModel] | None = getattr(module, kind, None)
    return model


def _path(kind: str, parts: tuple[int | str, ...]) -> str:
    """Return a FHIRPath such as `Patient.name[0].family`."""
    return kind + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)


def every(resource: Mapping[str, Any], path: str) -> Iterator[Any]:
    """Yield all values at a path (`name.given`), through lists; none if the resource is not an object."""
    head, _, rest = path.partition(".")
    values = resource.get(head) if isinstance(resource, Mapping) else None
    for value in values if isinstance(values, list) else [values]:
        if value is None:
            continue
        if not rest:
            yield value
        elif isinstance(value, dict):
            yield from every(value, rest)


def first(resource: Mapping[str, Any], path: str, otherwise: Any = "") -> Any:
    """Return the first value at a path, else `otherwise`."""
    return next(every(resource, path), otherwise)


def codes(resource: Mapping[str, Any], path: str) -> set[str]:
    """Return the codes of the CodeableConcepts at a path."""
    return {str(code) for code in every(resource, f"{path}.coding.code")}


def code(resource: Mapping[str, Any], *paths: str) -> str:
    """Return the alphabetically first code of the CodeableConcepts at these paths; "" if there is none."""
    return min((value for path in paths for value in codes(resource, path)), default="")


def name_of(resource: Mapping[str, Any]) -> str:
    """Return type and id, `Encounter/77`; only the type if it has no id."""
    return "/".join(filter(None, (str(resource.get("resourceType", "")), str(resource.get("id", "")))))
