"""A Bundle as single resources that name each other by id, patients first. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from services.his_adapter.formats.common.shape import shape_of
from services.his_adapter.formats.fhir.resource import Invalid, Resource, every, first, name_of, validate
from shared.ids import identifier_key

TAKEN = ("transaction", "batch", "history", "searchset", "collection", "message")
NOTICES = ("SubscriptionStatus", "Parameters", "MessageHeader", "OperationOutcome")
"""What comes with the resources of a notification and says nothing itself."""
INNER = ("Condition", "Observation")
NAMED_IN = {"Encounter": "diagnosis.condition.reference", "DiagnosticReport": "result.reference"}
"""Where a resource names what it cannot be understood without."""
COPIES = 32 << 20
"""How much may be put into others in one bundle, in bytes: twice what a bundle has."""
FIRST = ("Patient", "Organization", "Location", "Practitioner", "PractitionerRole")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it will be stored. `number` is its place in the bundle; `deleted` where it is gone at its source."""

    number: int
    resource: Resource
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry that cannot be taken; `raw` is what is kept of it: its resource, else the entry."""

    number: int
    wrong: Invalid
    raw: Any


def unpack(bundle: Resource, sender: str, site_key: bytes) -> list[Entry | Fault]:
    """The entries, those that others refer to first. Raises `Invalid` where it is no bundle that is taken."""
    if bundle.get("type") not in TAKEN:
        raise Invalid([("Bundle.type", f"{shape_of(bundle.get('type'))} is not taken: send one of {', '.join(TAKEN)}")])
    rows = bundle.get("entry") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid([("Bundle.entry", "is a list of objects")])
    told = [(number, row, _named(row, sender, site_key)) for number, row in enumerate(rows) if not _is_notice(row)]
    names = {str(row["fullUrl"]): name_of(made) for _, row, made in told if made and row.get("fullUrl")}
    inner = Inner({name_of(each): each for _, _, each in told if each and each.get("resourceType") in INNER})
    return sorted((_entry(number, row, made, names, inner) for number, row, made in told), key=_rank)


class Inner:
    """What others of a bundle cannot be understood without, by its name. Thousands may name the same large one."""

    def __init__(self, named: dict[str, Resource]) -> None:
        self._named, self._left = named, COPIES
        self._sizes: dict[str, int] = {}

    def put_into(self, resource: Resource) -> Resource:
        """An encounter with the diagnoses it names, which plans ask for; a report with its results, whose flags it has.

        Raises `Invalid` where what it names is wrong, or is named so often that all its copies are too much.
        """
        path = NAMED_IN.get(str(resource.get("resourceType")))
        names = [str(name) for name in every(resource, path) if str(name) in self._named] if path else []
        self._left -= sum(map(self._size, names))
        if self._left < 0:
            what = "it names so much that others name too that each cannot have a copy: send bundles of fewer"
            raise Invalid([(str(resource["resourceType"]), what)])
        inner = [*every(resource, "contained"), *(self._named[name] for name in names)]
        return {**resource, "contained": inner} if names else resource

    def _size(self, name: str) -> int:
        if name not in self._sizes:
            validate(self._named[name])
            self._sizes[name] = len(_text(self._named[name]))
        return self._sizes[name]


def _is_notice(row: dict[str, Any]) -> bool:
    resource = row.get("resource")
    return isinstance(resource, dict) and resource.get("resourceType") in NOTICES


def _named(row: dict[str, Any], sender: str, site_key: bytes) -> Resource | None:
    """The resource with an id: its own, the one its URL says, or one made from what identifies it."""
    resource = row.get("resource")
    if not isinstance(resource, dict):
        return None
    if resource.get("id") or not resource.get("resourceType"):
        return resource
    kind, url = str(resource["resourceType"]), str(first(row, "request.url"))
    if first(row, "request.method") == "PUT" and url.startswith(f"{kind}/"):
        return {**resource, "id": url.removeprefix(f"{kind}/")}
    known = sorted(
        f"{first(i, 'system')}|{first(i, 'value')}" for i in every(resource, "identifier") if first(i, "value")
    )
    new = row.get("fullUrl") or _text(resource)
    return {**resource, "id": identifier_key(site_key, f"fhir:{sender}:{kind}", "\x1f".join(known or [str(new)]))}


def _text(resource: Resource) -> str:
    """The resource as one text; a number beyond 64 bits is refused later, with its place."""
    try:
        return orjson.dumps(resource, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(resource, sort_keys=True)


def _entry(
    number: int, row: dict[str, Any], made: Resource | None, names: dict[str, str], inner: Inner
) -> Entry | Fault:
    kind, _, id = str(first(row, "request.url")).partition("/")
    if first(row, "request.method") == "DELETE":
        if not kind or not id:
            return Fault(number, Invalid([(f"Bundle.entry[{number}].request.url", "DELETE names `<type>/<id>`")]), row)
        return Entry(number, {"resourceType": kind, "id": id}, deleted=True)
    if made is None:
        return Fault(number, Invalid([(f"Bundle.entry[{number}].resource", "is missing")]), row)
    try:
        told: Resource = _pointed(made, names)
        validate(told)
        told = inner.put_into(told)
    except Invalid as wrong:
        faults = [(f"Bundle.entry[{number}].resource.{path}", what) for path, what in wrong.faults]
        return Fault(number, Invalid(faults), row["resource"])
    return Entry(number, told)


def _pointed(value: Any, names: dict[str, str]) -> Any:
    """References to other entries, by the names under which those are stored."""
    if isinstance(value, list):
        return [_pointed(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: names.get(inner, inner) if key == "reference" and isinstance(inner, str) else _pointed(inner, names)
        for key, inner in value.items()
    }


def _rank(found: Entry | Fault) -> tuple[int, int]:
    return (turn(found.resource["resourceType"] if isinstance(found, Entry) else ""), found.number)


def turn(kind: str) -> int:
    """When resources of a type are told: those that others refer to first."""
    return FIRST.index(kind) if kind in FIRST else len(FIRST)


def problems(found: list[Entry | Fault]) -> Iterator[tuple[str, str]]:
    """Every fault of every entry."""
    for each in found:
        if isinstance(each, Fault):
            yield from each.wrong.faults
