"""Patients of FHIR resources: Patient resources, subjects, and every reference to a patient at any depth.

A Patient id is qualified by the `sender`'s server: another server may have a patient with the same id, whose erasure
must not delete messages of this one.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import orjson

from services.his_adapter.formats.common.servers import bare_of
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.fhir.context import ACTORS, SUBJECTS, ResourceContext
from services.his_adapter.formats.fhir.resource import Resource, every
from services.his_adapter.formats.whose.limit import limited
from shared.contracts.facts import Identifier
from shared.contracts.his_adapter import HospitalMessageReceived


def of_fhir(site_key: bytes, site: Site, raw: bytes, sender: str = "") -> tuple[str, ...]:
    """Return the patients of all resources in a JSON text: a bundle, a single resource, or resources in other JSON."""
    try:
        body = orjson.loads(raw)
    except ValueError:
        return ()
    objects = [body, *_parts(body)] if isinstance(body, dict | list) else []
    resources = [part for part in objects if isinstance(part, dict) and isinstance(part.get("resourceType"), str)]
    return limited(key for resource in resources for key in _readable(site_key, site, resource, sender))


def _readable(site_key: bytes, site: Site, resource: Resource, sender: str) -> tuple[str, ...]:
    """Return the patients of an object that may not be a valid resource; none if it cannot be read."""
    try:
        return tuple(number.key for number in _of_resource(site_key, site, resource, sender))
    except (ValueError, TypeError, AttributeError, KeyError):
        return ()


def of_resource(site_key: bytes, site: Site, resource: Resource, sender: str = "") -> tuple[str, ...]:
    """Return the patients of one resource; `sender` is empty for resources made from table rows."""
    return tuple(dict.fromkeys(number.key for number in _of_resource(site_key, site, resource, sender)))


class _From(NamedTuple):
    """The part of a received message that `ResourceContext` needs to build identifiers."""

    sender: str


def _of_resource(site_key: bytes, site: Site, resource: Resource, sender: str) -> Iterator[Identifier]:
    context = ResourceContext(site_key, site, cast(HospitalMessageReceived, _From(sender)), resource)
    if resource.get("resourceType") == "Patient":
        yield context.patient(str(resource.get("id")))[0]
        yield from context.numbers(resource)
    for field, default_type in (SUBJECTS | ACTORS).items():
        for reference in every(resource, field):
            if isinstance(reference, dict):
                yield from _without_bare_id(context.referred_patient(reference, default_type))
    seen = set[str]()
    for part in _parts(resource, within=1):
        target = str(part.get("reference", ""))
        if target.startswith("#") and target in seen:  # a contained resource may have many identifiers
            continue
        seen.add(target)
        if "reference" in part or part.get("type") == "Patient":
            yield from _without_bare_id(context.referred_patient(part, ""))


def _without_bare_id(identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """Remove the server-independent form of an id that is also qualified by its server."""
    bare = bare_of(identifiers)
    return tuple(identifier for identifier in identifiers if identifier is not bare)


def _parts(value: Any, within: int = sys.maxsize) -> Iterator[Mapping[str, Any]]:
    """Yield every nested object, descending through at most `within` levels of nested resources.

    The caller reads nested resources on their own: reading them again in each outer one would take quadratic time.
    """
    pending = [(inner, within) for inner in (value.values() if isinstance(value, dict) else value)]
    while pending:
        part, left = pending.pop()
        if isinstance(part, dict):
            left -= isinstance(part.get("resourceType"), str)
            if left < 0:
                continue
            yield part
            pending += ((inner, left) for inner in part.values())
        elif isinstance(part, list):
            pending += ((inner, left) for inner in part)
