"""The inputs of a world: messages of hospital systems, touchpoints, and decisions of staff."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import orjson

from services.contacts.commands import SetConsent
from services.contacts.policies import asking_about
from services.contacts.registry.commands import REGISTRY, DecideIdentity, MergePersons, UnmergePersons
from services.his_adapter.formats.common.storing import received
from services.his_adapter.formats.definitions import site_of
from services.his_adapter.formats.fhir.bundle import BundleFault, unpack
from services.his_adapter.formats.fhir.families import DELETED
from services.his_adapter.formats.fhir.resource import Invalid, validate
from services.his_adapter.formats.hl7.checking import batch, check
from services.his_adapter.formats.hl7.message import Broken, parse
from services.his_adapter.formats.whose import attributed, of_refused
from shared.bus.topics import topic_name
from shared.codec import Refusal
from shared.contracts.contacts import TouchpointReported
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.envelope import Envelope
from shared.ids import identifier_key
from shared.policy import Refused

if TYPE_CHECKING:
    from shared.host.deps import Deps
    from tests.world.machine import World

AUTHORITY = "CITY-HOSPITAL"
KINDS = {"mrn": f"MRN:{AUTHORITY}"}


class Intake:
    """Methods that give inputs to a world. A refused input becomes a dead letter."""

    _count = 0

    @property
    def _world(self) -> "World":
        return cast("World", self)

    def hl7(self, raw: bytes | str) -> list[str]:
        """HL7 v2 as it would come over MLLP; the acknowledgement code of each message."""
        self.note(raw if isinstance(raw, str) else raw.decode(errors="replace"))
        octets = raw.encode() if isinstance(raw, str) else raw
        world, answers = self._world, []
        try:
            texts = batch(octets, site_of(world.definitions, "default")).messages
        except Broken as error:
            self._refuse_hl7(octets, error)
            return ["AE"]
        for text in texts:
            try:
                message = parse(text)
                site = site_of(world.definitions, "default", message.sender)
                check(message, site)
            except Broken as error:
                self._refuse_hl7(text.encode(), error)
                answers.append("AE")
                continue
            answers.append("AA")
            self._store(text.encode(), text, "hl7v2", message.sender, message.type, message.get("MSH-10"), site.id)
        return answers

    def _refuse_hl7(self, raw: bytes, error: Broken) -> None:
        world = self._world
        world.letters.append(("hl7", error.detail))
        whose = of_refused(world.site_key, site_of(world.definitions, "default"), "mllp", raw)
        world.keep_letter(raw, Refusal("hl7-broken", error.detail), "his-adapter.mllp", whose)

    def fhir(self, resource: dict[str, Any], sender: str = "fhir", deleted: bool = False) -> list[str]:
        """A FHIR resource or bundle as it would come over HTTP; `stored` or `invalid` for each resource."""
        self.note(f"{'deleted ' if deleted else ''}{orjson.dumps(resource).decode()}")
        world, entries = self._world, list[Any]()
        try:
            if resource.get("resourceType") == "Bundle":
                entries = list(unpack(resource, sender, world.site_key))
            elif not deleted:
                validate(resource)
        except Invalid as wrong:
            world.letters.append(("fhir", str(wrong)))
            return ["invalid"]
        wrongs = [entry for entry in entries if isinstance(entry, BundleFault)]
        world.letters += [("fhir", str(fault.wrong)) for fault in wrongs]
        good = [(entry.resource, entry.deleted) for entry in entries if not isinstance(entry, BundleFault)]
        for one, gone in good or ([(resource, deleted)] if not entries else []):
            self._count += 1
            text = orjson.dumps(one, option=orjson.OPT_SORT_KEYS)
            kind, id = f"{DELETED if gone else ''}{one['resourceType']}", f"{one['resourceType']}/{one.get('id')}"
            self._store(text, text.decode(), "fhir", sender, kind, id, "", (gone, self._count))
        return ["invalid"] * len(wrongs) + ["stored"] * max(len(good), int(not entries))

    def _store(
        self, raw: bytes, text: str, format: Any, sender: str, kind: str, id: str, site: str, also: Any = ()
    ) -> None:
        world = self._world
        stored: HospitalMessageReceived = received(
            cast("Deps", world), raw, text, format=format, sender=sender, kind=kind, control_id=id, site=site, also=also
        )
        stored = attributed(world.site_key, site_of(world.definitions, stored.site), stored)
        named = stored.message_id
        envelope = Envelope(stored, named, "/careloop/his-adapter", world.now, world.now, named, named)
        world.log.append(world.log.place_of(topic_name("his-adapter", "raw"), stored.key), [envelope], world.now)

    def touch(self, name: str | None = None, at: datetime | None = None, id: str = "", **identifiers: str) -> str:
        """Report a call of somebody with these identifiers (`phone`, `email`, `mrn` …); returns the touchpoint id."""
        self._count += 1
        world, id = self._world, id or f"touch-{self._count}"
        numbers = [
            {"system": KINDS.get(kind, kind.replace("_", "-")), "value": value} for kind, value in identifiers.items()
        ]
        fields = {"at": at or world.now, "touchpoint_id": id, "identifiers": numbers, "channel": "phone"}
        self.note(f"a call {name} {identifiers}")
        touch = TouchpointReported.model_validate({**fields, "direction": "inbound", "name": name, "summary": "asks"})
        try:
            world.send(REGISTRY, asking_about(world.site_key, touch, f"in-{id}", f"ask-{id}", world.definitions))
        except Refused as refused:
            world.letters.append(("touch", refused.refusal.detail))
        return id

    def person_of(self, number: str, system: str = KINDS["mrn"]) -> str:
        """The first record that was made for a number; "" if there is none."""
        owners = self._world.registry.owners.get(identifier_key(self._world.site_key, system, number), ("",))
        return str(owners[0])

    def person(self, number: str) -> str:
        """The record of a number. Asserts that there is one."""
        person = self.person_of(number)
        assert person, f"nobody has {number}"
        return person

    def note(self, text: str) -> None:
        """Add an input to the diary."""
        self._world.diary.append((self._world.now, " ".join(text.split())))

    def merge(self, one: str, other: str) -> None:
        """Merge two records, as staff."""
        self.note(f"{one} and {other} are one")
        id = self._next("merge")
        named = {"person_id": one, "merged_id": other, "reason": "same", "sealed_for": one}
        self._world.send(REGISTRY, MergePersons.model_validate({"id": id, "at": self._world.now, **named}))

    def unmerge(self, one: str, other: str) -> None:
        """Unmerge two records, as staff."""
        self.note(f"{one} and {other} are two")
        id = self._next("unmerge")
        named = {"person_id": one, "separated_id": other, "reason": "wrong", "sealed_for": one}
        self._world.send(REGISTRY, UnmergePersons.model_validate({"id": id, "at": self._world.now, **named}))

    def consent(self, person_id: str, purpose: str, granted: bool) -> None:
        """Record a consent or refusal for a purpose, as staff."""
        self.note(f"{person_id} {'allows' if granted else 'forbids'} {purpose}")
        fields = {"person_id": person_id, "purpose": purpose, "granted": granted}
        id = self._next("consent")
        self._world.send("contacts", SetConsent.model_validate({"id": id, "at": self._world.now, **fields}))

    def decide(self, input_id: str, person_id: str | None) -> None:
        """Decide an ambiguous input, as staff."""
        command = DecideIdentity(
            id=self._next("decide"), at=self._world.now, input_id=input_id, person_id=person_id, decided_by="agent"
        )
        self._world.send(REGISTRY, command)

    def _next(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}-{self._count}"
