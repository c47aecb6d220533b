"""Split a Bundle into resources that refer to each other by type and id, patients first. Pure."""

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
"""Resources that accompany a notification and are ignored."""
INNER = ("Condition", "Observation")
"""Resources that are copied into those that refer to them."""
NAMED_IN = {"Encounter": "diagnosis.condition.reference", "DiagnosticReport": "result.reference"}
"""References whose targets are copied into the resource as contained resources."""
COPIES = 32 << 20
"""Limit of all copies in one bundle, in bytes: twice the size of a bundle."""
FIRST = ("Patient", "Organization", "Location", "Practitioner", "PractitionerRole")
"""Types that are translated first, because others refer to them."""


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """One entry to store. `number` is its index in the bundle; `deleted`: the resource was deleted at its source."""

    number: int
    resource: Resource
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class BundleFault:
    """One refused entry; `raw` is stored as a dead letter: its resource, else the whole entry."""

    number: int
    wrong: Invalid
    raw: Any


def unpack(bundle: Resource, sender: str, site_key: bytes) -> list[BundleEntry | BundleFault]:
    """Return the entries, those that others refer to first. Raises `Invalid` if the bundle's type is not supported."""
    if bundle.get("type") not in TAKEN:
        raise Invalid([("Bundle.type", f"{shape_of(bundle.get('type'))} is not taken: send one of {', '.join(TAKEN)}")])
    rows = bundle.get("entry") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid([("Bundle.entry", "is a list of objects")])
    numbered = [
        (number, row, _with_id(row, sender, site_key)) for number, row in enumerate(rows) if not _is_notice(row)
    ]
    names = {str(row["fullUrl"]): name_of(resource) for _, row, resource in numbered if resource and row.get("fullUrl")}
    copied = {name_of(r): r for _, _, r in numbered if r and r.get("resourceType") in INNER}
    inner = Inner(copied)
    return sorted((_entry(number, row, resource, names, inner) for number, row, resource in numbered), key=_rank)


class Inner:
    """Resources of a bundle that are copied into others, by name; limits the total size of the copies."""

    def __init__(self, named: dict[str, Resource]) -> None:
        self._named, self._left = named, COPIES
        self._sizes: dict[str, int] = {}

    def put_into(self, resource: Resource) -> Resource:
        """Return an encounter with its conditions, or a report with its observations, as contained resources.

        Raises `Invalid` if one of these is invalid, or if the copies exceed `COPIES`.
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


def _with_id(row: dict[str, Any], sender: str, site_key: bytes) -> Resource | None:
    """Return the resource with an id: its own, that of `request.url`, or one derived from its identifiers."""
    resource = row.get("resource")
    if not isinstance(resource, dict):
        return None
    if resource.get("id") or not resource.get("resourceType"):
        return resource
    kind, url = str(resource["resourceType"]), str(first(row, "request.url"))
    if first(row, "request.method") == "PUT" and url.startswith(f"{kind}/"):
        return {**resource, "id": url.removeprefix(f"{kind}/")}
    identifiers = sorted(
        f"{first(i, 'system')}|{first(i, 'value')}" for i in every(resource, "identifier") if first(i, "value")
    )
    new = row.get("fullUrl") or _text(resource)
    return {**resource, "id": identifier_key(site_key, f"fhir:{sender}:{kind}", "\x1f".join(identifiers or [str(new)]))}


def _text(resource: Resource) -> str:
    """Return the resource as JSON; numbers beyond 64 bits are refused later, by `validate`."""
    try:
        return orjson.dumps(resource, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(resource, sort_keys=True)


def _entry(
    number: int, row: dict[str, Any], resource: Resource | None, names: dict[str, str], inner: Inner
) -> BundleEntry | BundleFault:
    kind, _, id = str(first(row, "request.url")).partition("/")
    if first(row, "request.method") == "DELETE":
        if not kind or not id:
            return BundleFault(
                number, Invalid([(f"Bundle.entry[{number}].request.url", "DELETE names `<type>/<id>`")]), row
            )
        return BundleEntry(number, {"resourceType": kind, "id": id}, deleted=True)
    if resource is None:
        return BundleFault(number, Invalid([(f"Bundle.entry[{number}].resource", "is missing")]), row)
    try:
        resolved: Resource = _resolved(resource, names)
        validate(resolved)
        resolved = inner.put_into(resolved)
    except Invalid as wrong:
        faults = [(f"Bundle.entry[{number}].resource.{path}", what) for path, what in wrong.faults]
        return BundleFault(number, Invalid(faults), row["resource"])
    return BundleEntry(number, resolved)


def _resolved(value: Any, names: dict[str, str]) -> Any:
    """Replace references to other entries (`fullUrl`) by the names under which these are stored."""
    if isinstance(value, list):
        return [_resolved(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: names.get(inner, inner) if key == "reference" and isinstance(inner, str) else _resolved(inner, names)
        for key, inner in value.items()
    }


def _rank(entry: BundleEntry | BundleFault) -> tuple[int, int]:
    return (turn(entry.resource["resourceType"] if isinstance(entry, BundleEntry) else ""), entry.number)


def turn(kind: str) -> int:
    """Return the rank of a resource type: types that others refer to come first."""
    return FIRST.index(kind) if kind in FIRST else len(FIRST)


def problems(entries: list[BundleEntry | BundleFault]) -> Iterator[tuple[str, str]]:
    """Yield every fault of every entry."""
    for entry in entries:
        if isinstance(entry, BundleFault):
            yield from entry.wrong.faults
