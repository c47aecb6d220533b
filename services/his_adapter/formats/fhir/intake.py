"""FHIR intake: validate, resolve references, store on Kafka, then answer, always in this order."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from services.his_adapter.formats.common.hiding import hidden, versioned_name
from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.common.storing import received, store, stored_before
from services.his_adapter.formats.common.threads import in_thread_if_large
from services.his_adapter.formats.fhir.bundle import BundleEntry, BundleFault, problems, unpack
from services.his_adapter.formats.fhir.families import DELETED
from services.his_adapter.formats.fhir.resource import Invalid, Resource, first, load, name_of, validate
from services.his_adapter.formats.settings import FormatSettings
from shared.bus.writing import TooLarge
from shared.codec import Refusal
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.host.deps import Deps
from shared.telemetry import edge_span

ATOMIC = "transaction"


@dataclass(frozen=True, slots=True)
class TakenBundle:
    """Result of a bundle: per entry, in the order of the bundle, the stored entry or its faults."""

    type: str
    answers: list[BundleEntry | BundleFault]


class FhirIntake:
    """Stores resources; used by the HTTP routes, the export puller and the tables."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def bundle(self, raw: bytes, sender: str, historical: bool = False) -> TakenBundle:
        """Store a Bundle, a transaction only as a whole. Refused entries become dead letters. Raises `Invalid`."""
        with edge_span("receive FHIR", **{"careloop.bytes": len(raw)}) as headers:
            try:
                kind, results = await in_thread_if_large(len(raw), lambda: self._unpacked(raw, sender))
            except Invalid as wrong:
                await self._refuse(raw, wrong, sender)
                raise
            for fault in results:
                if isinstance(fault, BundleFault):
                    await self._refuse(orjson.dumps(fault.raw), fault.wrong, sender)
            entries = [entry for entry in results if isinstance(entry, BundleEntry)]
            messages = [self._received(entry.resource, sender, entry.deleted, historical) for entry in entries]
            await store(self._deps, messages, headers)
            return TakenBundle(kind, sorted(results, key=lambda result: result.number))

    def _unpacked(self, raw: bytes, sender: str) -> tuple[str, list[BundleEntry | BundleFault]]:
        """Return the type of a bundle and its entries. Raises `Invalid`."""
        body = load(raw)
        entries = unpack(body, sender, self._deps.settings.keys.site_key)
        if body["type"] == ATOMIC and (faults := list(problems(entries))):
            raise Invalid(faults)
        return str(body["type"]), entries

    async def one(self, raw: bytes, sender: str, kind: str = "", id: str = "", *, historical: bool = False) -> Resource:
        """Store one resource and return it. Raises `Invalid` after storing it as a dead letter."""
        with edge_span("receive FHIR", **{"careloop.bytes": len(raw)}) as headers:
            try:
                resource = await in_thread_if_large(len(raw), lambda: _read(raw, kind, id))
            except Invalid as wrong:
                await self._refuse(raw, wrong, sender)
                raise
            await store(self._deps, [self._received(resource, sender, historical=historical)], headers)
            return resource

    async def many(self, lines: list[bytes], sender: str, historical: bool) -> None:
        """Store lines of an export. Invalid lines become dead letters; resources stored before are skipped."""
        resources = []
        limit = FormatSettings.of(self._deps.settings).bulk.max_line_bytes
        for line in filter(bytes.strip, lines):
            try:
                if len(line) > limit:
                    line = line[:1000]
                    raise Invalid([("", f"a line of more than {limit} bytes is not taken: only its beginning is kept")])
                resources.append(_read(line))
            except Invalid as wrong:
                await self._refuse(line, wrong, sender)
        stored_before = await self.taken(resources, sender)
        new = [resource for resource, old in zip(resources, stored_before, strict=True) if not old]
        await self.keep(new, sender, historical)

    async def keep(self, resources: Sequence[Resource], sender: str, historical: bool) -> None:
        """Store valid resources in order; one that is too large becomes a dead letter."""
        with edge_span("receive FHIR", **{"careloop.resources": len(resources)}) as headers:
            messages = [self._received(resource, sender, historical=historical) for resource in resources]
            try:
                await store(self._deps, messages, headers)
            except TooLarge as error:
                for message in messages:
                    if message.message_id in error.ids:
                        wrong = Invalid([(message.control_id, "is larger than what can be kept")])
                        await self._refuse((message.text or "").encode(), wrong, sender)
                await store(
                    self._deps, [message for message in messages if message.message_id not in error.ids], headers
                )

    async def taken(self, resources: Sequence[Resource], sender: str) -> list[bool]:
        """Return for each resource whether it was stored before, by the read model (which may lag behind)."""
        messages = [self._received(resource, sender) for resource in resources]
        ids = [(message.message_id, message.former_id) for message in messages]
        stored_ids = await stored_before(self._deps, [id for pair in ids for id in pair if id])
        return [not stored_ids.isdisjoint(pair) for pair in ids]

    async def deleted(self, kind: str, id: str, sender: str) -> None:
        """Store the deletion of a resource at its source."""
        with edge_span("receive FHIR") as headers:
            resource = {"resourceType": kind, "id": id}
            await store(self._deps, [self._received(resource, sender, deleted=True)], headers)

    def _received(
        self, resource: Resource, sender: str, deleted: bool = False, historical: bool = False
    ) -> HospitalMessageReceived:
        text = orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)
        version = str(first(resource, "meta.versionId"))
        versioned = version or first(resource, "meta.lastUpdated")
        # without a version, the same content received later is a new message
        received_at = "" if versioned else self._deps.clock().isoformat()
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
            also=(deleted, received_at),
        )

    async def _refuse(self, raw: bytes, wrong: Invalid, sender: str) -> None:
        await refuse(self._deps, raw, Refusal("fhir-invalid", str(wrong)[:2000]), "fhir", sender)


def _read(raw: bytes, kind: str = "", id: str = "") -> Resource:
    """Parse and validate a resource; type and id must match those of the URL. Raises `Invalid`."""
    resource = load(raw)
    validate(resource)
    resource_type = resource["resourceType"]
    if kind and resource_type != kind:
        raise Invalid([("resourceType", f"the URL says {kind}, the body {resource_type}")])
    if id and resource.get("id") != id:
        raise Invalid([(f"{kind}.id", "the URL names another id than the body")])
    if not resource.get("id"):
        raise Invalid([(f"{resource_type}.id", "the resource must have an id: send it as its server holds it")])
    return resource
