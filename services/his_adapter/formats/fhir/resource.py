"""One FHIR R4 resource: whether it is one, and reading it by path. R4B models read R4 (R5's do not)."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from services.his_adapter.formats.common.shape import shape_of
from shared.contracts.bounds import CODE
from shared.nesting import too_deep

Resource = dict[str, Any]
VALUES, DEPTH = 300_000, 100
"""How many values a body may have (each costs some 10 µs to check, whatever its size), and how deep they may stand."""


class Invalid(Exception):
    """What is wrong with a resource: (FHIRPath, what to mend) of each fault."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{path}: {what}" for path, what in faults))
        self.faults = faults


def load(raw: bytes) -> Resource:
    """The JSON object in these bytes. Raises `Invalid`."""
    if raw.count(b",") > VALUES:
        raise Invalid([("", f"a body of more than {VALUES} values is not taken: send it in parts")])
    try:
        found = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Invalid([("", f"the body is no JSON: {error}")]) from error
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise Invalid([("resourceType", "a resource is a JSON object that names its `resourceType`")])
    if too_deep(found, DEPTH):
        raise Invalid([("", f"its values are nested more than {DEPTH} deep")])
    return found


def validate(resource: Resource) -> None:
    """Whether it is what FHIR R4 says it is. Raises `Invalid`."""
    kind = str(resource.get("resourceType"))
    model = _model(kind)
    if model is None:
        raise Invalid([("resourceType", f"{shape_of(kind)} is no resource of FHIR R4")])
    try:
        model.model_validate(resource)
    except ValidationError as error:
        raise Invalid([(_path(kind, fault["loc"]), fault["msg"]) for fault in error.errors()[:20]]) from error
    except Exception as error:  # the models themselves trip over an unknown contained type
        raise Invalid([(kind, "cannot be read as FHIR R4: look for a wrong `resourceType` inside")]) from error
    if any(len(str(value)) > CODE for value in every(resource, "identifier.value")):
        raise Invalid([(f"{kind}.identifier.value", f"has more than {CODE} characters")])


@lru_cache(maxsize=256)
def _model(kind: str) -> type[BaseModel] | None:
    if not kind.isascii() or not kind.isalpha():
        return None
    try:
        module = import_module(f"fhir.resources.R4B.{kind.lower()}")
    except ImportError:
        return None
    found: type[BaseModel] | None = getattr(module, kind, None)
    return found


def _path(kind: str, parts: tuple[int | str, ...]) -> str:
    """A place as FHIRPath writes it: `Patient.name[0].family`."""
    told = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return f"{kind}{told}"


def every(resource: Mapping[str, Any], path: str) -> Iterator[Any]:
    """All values at a path (`name.given`), through lists; none where the resource is no object."""
    head, _, rest = path.partition(".")
    found = resource.get(head) if isinstance(resource, Mapping) else None
    for value in found if isinstance(found, list) else [found]:
        if value is None:
            continue
        if not rest:
            yield value
        elif isinstance(value, dict):
            yield from every(value, rest)


def first(resource: Mapping[str, Any], path: str, otherwise: Any = "") -> Any:
    """The first value at a path."""
    return next(every(resource, path), otherwise)


def codes(resource: Mapping[str, Any], path: str) -> set[str]:
    """The codes of a CodeableConcept."""
    return {str(code) for code in every(resource, f"{path}.coding.code")}


def code(resource: Mapping[str, Any], *paths: str) -> str:
    """One code of the CodeableConcepts at these paths, the same at every reading; "" where there is none."""
    return min((each for path in paths for each in codes(resource, path)), default="")


def name_of(resource: Mapping[str, Any]) -> str:
    """`Encounter/77`; only the type where it has no id."""
    return "/".join(filter(None, (str(resource.get("resourceType", "")), str(resource.get("id", "")))))
