"""FHIR: the patient itself, whoever a resource is about, and every reference to a patient anywhere in it.

An id is that of the `sender`'s patient alone: under its bare name another server's patient may be known, whose erasure
must not take this one's messages along.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import orjson

from services.his_adapter.definitions import Site
from services.his_adapter.facts.servers import bare_of
from services.his_adapter.formats.fhir.context import ACTORS, SUBJECTS, Context
from services.his_adapter.formats.fhir.resource import Resource, every
from services.his_adapter.formats.whose.few import few
from shared.contracts.facts import Identifier
from shared.contracts.his_adapter import HospitalMessageReceived


def of_fhir(site_key: bytes, site: Site, raw: bytes, sender: str = "") -> tuple[str, ...]:
    """The patients of JSON, wherever it has parts that look like resources: a bundle, or what is none."""
    try:
        told = orjson.loads(raw)
    except ValueError:
        return ()
    whole = [told, *_parts(told)] if isinstance(told, dict | list) else []
    parts = [each for each in whole if isinstance(each, dict) and isinstance(each.get("resourceType"), str)]
    return few(key for part in parts for key in _readable(site_key, site, part, sender))


def _readable(site_key: bytes, site: Site, resource: Resource, sender: str) -> tuple[str, ...]:
    """The patients of what may be no resource at all: one that cannot be read hides none of the others."""
    try:
        return tuple(number.key for number in _of_resource(site_key, site, resource, sender))
    except (ValueError, TypeError, AttributeError, KeyError):
        return ()


def of_resource(site_key: bytes, site: Site, resource: Resource, sender: str = "") -> tuple[str, ...]:
    """The patients of one resource; of ours (rows of tables) without a `sender`."""
    return tuple(dict.fromkeys(number.key for number in _of_resource(site_key, site, resource, sender)))


class _From(NamedTuple):
    """What names are made of: of a message its sender."""

    sender: str


def _of_resource(site_key: bytes, site: Site, resource: Resource, sender: str) -> Iterator[Identifier]:
    context = Context(site_key, site, cast(HospitalMessageReceived, _From(sender)), resource)
    if resource.get("resourceType") == "Patient":
        yield context.patient(str(resource.get("id")))[0]
        yield from context.numbers(resource)
    for field, unless_said in (SUBJECTS | ACTORS).items():
        for each in every(resource, field):
            if isinstance(each, dict):
                yield from _own(context.referred_patient(each, unless_said))
    met = set[str]()
    for each in _parts(resource, within=1):
        named = str(each.get("reference", ""))
        if named.startswith("#") and named in met:  # what is inside may have many numbers
            continue
        met.add(named)
        if "reference" in each or each.get("type") == "Patient":
            yield from _own(context.referred_patient(each, ""))


def _own(identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """Without the bare name of an id that carries its server."""
    bare = bare_of(identifiers)
    return tuple(each for each in identifiers if each is not bare)


def _parts(value: Any, within: int = sys.maxsize) -> Iterator[Mapping[str, Any]]:
    """Every object below, at any depth; of resources in each other only so many.

    Each of those is read for itself: to read all of each would cost with the square of a body.
    """
    below = [(each, within) for each in (value.values() if isinstance(value, dict) else value)]
    while below:
        each, left = below.pop()
        if isinstance(each, dict):
            left -= isinstance(each.get("resourceType"), str)
            if left < 0:
                continue
            yield each
            below += ((inner, left) for inner in each.values())
        elif isinstance(each, list):
            below += ((inner, left) for inner in each)
