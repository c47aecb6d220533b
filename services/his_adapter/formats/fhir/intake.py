"""Where FHIR comes in: validate, make references whole, store, then answer. In this order, always."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from services.his_adapter.formats.common.apart import apart
from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.common.storing import received, store
from services.his_adapter.formats.fhir.bundle import Entry, Fault, problems, unpack
from services.his_adapter.formats.fhir.families import DELETED
from services.his_adapter.formats.fhir.hiding import hidden, versioned_name
from services.his_adapter.formats.fhir.resource import Invalid, Resource, first, load, name_of, validate
from services.his_adapter.settings import HisSettings
from shared.bus.writing import TooLarge
from shared.codec import Refusal
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.host.deps import Deps
from shared.telemetry import edge_span

ATOMIC = "transaction"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the entries of a bundle, in its own order: the name it is stored under, or its faults."""

    type: str
    answers: list[Entry | Fault]


class FhirIntake:
    """Takes resources for one process; used by HTTP and by the export puller."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def bundle(self, raw: bytes, sender: str, historical: bool = False) -> Taken:
        """A Bundle; a transaction as a whole or not at all. Raises `Invalid`; what is refused is kept."""
        with edge_span("receive FHIR", **{"careloop.bytes": len(raw)}) as headers:
            try:
                kind, found = await apart(len(raw), lambda: self._unpacked(raw, sender))
            except Invalid as wrong:
                await self._refuse(raw, wrong, sender)
                raise
            for fault in found:
                if isinstance(fault, Fault):
                    await self._refuse(orjson.dumps(fault.raw), fault.wrong, sender)
            entries = [each for each in found if isinstance(each, Entry)]
            told = [self._received(each.resource, sender, each.deleted, historical) for each in entries]
            await store(self._deps, told, headers)
            return Taken(kind, sorted(found, key=lambda each: each.number))

    def _unpacked(self, raw: bytes, sender: str) -> tuple[str, list[Entry | Fault]]:
        """The kind of a bundle and its entries. Raises `Invalid`."""
        body = load(raw)
        found = unpack(body, sender, self._deps.settings.keys.site_key)
        if body["type"] == ATOMIC and (faults := list(problems(found))):
            raise Invalid(faults)
        return str(body["type"]), found

    async def one(self, raw: bytes, sender: str, kind: str = "", id: str = "", *, historical: bool = False) -> Resource:
        """A single resource, as it is stored. Raises `Invalid`; what is refused is kept."""
        with edge_span("receive FHIR", **{"careloop.bytes": len(raw)}) as headers:
            try:
                resource = await apart(len(raw), lambda: _read(raw, kind, id))
            except Invalid as wrong:
                await self._refuse(raw, wrong, sender)
                raise
            await store(self._deps, [self._received(resource, sender, historical=historical)], headers)
            return resource

    async def many(self, lines: list[bytes], sender: str, historical: bool) -> None:
        """Lines of an export; those that are no resource are kept with the reason, those of the last one passed by."""
        found = []
        limit = HisSettings.of(self._deps.settings).bulk.max_line_bytes
        for line in filter(bytes.strip, lines):
            try:
                if len(line) > limit:
                    line = line[:1000]
                    raise Invalid([("", f"a line of more than {limit} bytes is not taken: only its beginning is kept")])
                found.append(_read(line))
            except Invalid as wrong:
                await self._refuse(line, wrong, sender)
        known = await self.taken(found, sender)
        await self.keep([each for each, old in zip(found, known, strict=True) if not old], sender, historical)

    async def keep(self, resources: Sequence[Resource], sender: str, historical: bool) -> None:
        """Valid resources, in order; one that is too large to be kept is a dead letter."""
        with edge_span("receive FHIR", **{"careloop.resources": len(resources)}) as headers:
            messages = [self._received(each, sender, historical=historical) for each in resources]
            try:
                await store(self._deps, messages, headers)
            except TooLarge as error:
                for message in messages:
                    if message.message_id in error.ids:
                        wrong = Invalid([(message.control_id, "is larger than what can be kept")])
                        await self._refuse((message.text or "").encode(), wrong, sender)
                await store(self._deps, [each for each in messages if each.message_id not in error.ids], headers)

    async def taken(self, resources: Sequence[Resource], sender: str) -> list[bool]:
        """Of each whether it was stored before, as far as the read model knows."""
        ids = [(told.message_id, told.former_id) for told in (self._received(each, sender) for each in resources)]
        stored = self._deps.database["messages"].find({"_id": {"$in": [id for both in ids for id in both]}}, {"_id": 1})
        known = {each["_id"] async for each in stored}
        return [not known.isdisjoint(both) for both in ids]

    async def deleted(self, kind: str, id: str, sender: str) -> None:
        """A resource is gone at its source."""
        with edge_span("receive FHIR") as headers:
            gone = {"resourceType": kind, "id": id}
            await store(self._deps, [self._received(gone, sender, deleted=True)], headers)

    def _received(
        self, resource: Resource, sender: str, deleted: bool = False, historical: bool = False
    ) -> HospitalMessageReceived:
        text = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
        version = str(first(resource, "meta.versionId"))
        versioned = version or first(resource, "meta.lastUpdated")
        again = "" if versioned else self._deps.clock().isoformat()  # without a version the same words later are news
        return received(
            self._deps,
            text,
            text.decode(),
            format="fhir",
            sender=sender,
            kind=f"{DELETED if deleted else ''}{resource['resourceType']}",
            control_id=versioned_name(name_of(resource), version),
            shown_as=versioned_name(hidden(name_of(resource), self._deps.settings.keys.site_key), version),
            historical=historical,
            also=(deleted, again),
        )

    async def _refuse(self, raw: bytes, wrong: Invalid, sender: str) -> None:
        await refuse(self._deps, raw, Refusal("fhir-invalid", str(wrong)[:2000]), "fhir", sender)


def _read(raw: bytes, kind: str = "", id: str = "") -> Resource:
    """A valid resource with an id, and the one its URL names. Raises `Invalid`."""
    resource = load(raw)
    validate(resource)
    told = resource["resourceType"]
    if kind and told != kind:
        raise Invalid([("resourceType", f"the URL says {kind}, the body {told}")])
    if id and resource.get("id") != id:
        raise Invalid([(f"{kind}.id", "the URL names another id than the body")])
    if not resource.get("id"):
        raise Invalid([(f"{told}.id", "the resource must have an id: send it as its server holds it")])
    return resource
