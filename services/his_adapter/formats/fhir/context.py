"""One resource with what every translation needs: times, references, whose it is."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from services.his_adapter.definitions import Site
from services.his_adapter.facts.servers import names_of
from services.his_adapter.formats.common.head import Head
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.fhir.resource import Invalid, Resource, every, first, name_of
from shared.contracts.base import changed, plausible
from shared.contracts.facts import BARE_ID, SERVER_ID, Coded, Details, Identifier
from shared.contracts.his_adapter import HospitalMessageReceived, PatientFact

SUBJECTS = {"patient": "Patient", "subject": "Patient", "individual": "Patient", "beneficiary": "Patient"}
THINGS = dict.fromkeys(("condition", "allergy", "procedure"), "item")
"""Kinds that are one kind of thing to the decider; the others are called alike."""
ACTORS = {"participant.actor": ""}
"""Where the patient stands, and what a reference is there that names no type: an actor may be anybody."""


class Context(Naming):
    """A stored resource. Everything raises `Invalid` with the place of what it cannot read."""

    def __init__(self, site_key: bytes, site: Site, received: HospitalMessageReceived, resource: Resource) -> None:
        super().__init__(site_key, site)
        self.r, self.received = resource, received
        self.servers = names_of(site, received.sender)
        self._bare, self._older = dict[str, str](), dict[str, str]()

    @property
    def name(self) -> str:
        """`Encounter/77`."""
        return name_of(self.r)

    @property
    def updated(self) -> datetime:
        """The version clock: when the server wrote it, else when we got it."""
        return self.maybe_time(first(self.r, "meta.lastUpdated")) or self.received.at

    def head(self, at: datetime | None, patient: Details | None = None) -> Head:
        """What every fact carries; `at` is when it happened, or when it was written where that is not said."""
        who = patient or Details(identifiers=self.subject())
        return {
            "at": at or self.updated,
            "updated": self.updated,
            "patient_key": who.identifiers[0].key,
            "patient": who,
            "message_id": self.received.message_id,
            "control_id": self.received.control_id,
            "source_system": self.received.sender,
            "historical": self.received.historical,
            "servers": self.servers,
        }

    def subject(self) -> tuple[Identifier, ...]:
        """The patient the resource is about: by id on its server, or by number where the reference says one."""
        for field, unless_said in (SUBJECTS | ACTORS).items():
            references = (each for each in every(self.r, field) if isinstance(each, dict))
            if found := next(filter(None, (self.referred_patient(each, unless_said) for each in references)), None):
                return found
        kind = self.r["resourceType"]
        raise Invalid([(f"{kind}.subject", "no reference names the patient: `Patient/<id>`, or an identifier")])

    def referred_patient(self, reference: Mapping[str, Any], unless_said: str) -> tuple[Identifier, ...]:
        """The patient whom a reference names; `unless_said` is what it refers to where it does not say."""
        target = self.target(reference)
        if target.startswith("Patient/"):
            return self.patient(target.removeprefix("Patient/"))
        if target.startswith("#"):
            return self.numbers(self._contained.get(target, {}))
        told = reference.get("identifier")
        ours = not target and reference.get("type", unless_said) == "Patient"
        return self.numbers({"identifier": [told]}) if told and ours else ()

    @cached_property
    def _contained(self) -> dict[str, Resource]:
        """The identifiers of what is contained, by how it is referred to."""
        found: dict[str, Resource] = {}
        for one in every(self.r, "contained"):
            found.setdefault(f"#{one.get('id')}", {"identifier": []})["identifier"].extend(every(one, "identifier"))
        return found

    def target(self, reference: Mapping[str, Any]) -> str:
        """What a reference names, as `<type>/<id>`, whether it is relative, absolute or of a version."""
        text = str(reference.get("reference", "")).partition("/_history/")[0]
        return text if text.startswith(("#", "urn:")) else "/".join(text.split("/")[-2:])

    def referred(self, path: str, kind: str) -> str:
        """The id of the first reference to that kind of resource at a path; "" where there is none."""
        targets = (self.target(each) for each in every(self.r, path) if isinstance(each, dict))
        return next((t.partition("/")[2] for t in targets if t.startswith(f"{kind}/")), "")

    def patient(self, id: str) -> tuple[Identifier, ...]:
        """A patient's id on this server, as a number, and as older versions wrote it."""
        bare = self.identifier(f"{BARE_ID}{self.site.authority}", id, exact=True)
        if not self.servers:
            return (bare,)
        named = self.identifier(f"{SERVER_ID}{self.servers[0]}", id, exact=True)
        self._bare[named.key] = bare.key
        return (named, bare)

    def key(self, kind: str, *parts: str) -> str:
        """The name of something on this server; FHIR's ids tell a from A."""
        return self._named(kind, parts, (*self.servers[:1], *parts))

    def visit_key(self, patient_key: str, number: str) -> str:
        """The id of a visit: where the patient's key has the server, so has the visit's."""
        known = self._bare.get(patient_key)
        if known is None:
            return self.key("visit", patient_key, number)
        return self._named("visit", (known, number), (patient_key, number))

    def _named(self, kind: str, older: Sequence[str], parts: Sequence[str]) -> str:
        before, name = (super(Context, self).key(kind, *(p.encode().hex() for p in each)) for each in (older, parts))
        if name != before:
            self._older[name] = f"{THINGS.get(kind, kind)}/{before}"
        return name

    def with_older(self, fact: PatientFact) -> PatientFact:
        """A fact of this resource with the names that older versions gave its things."""
        text = fact.model_dump_json() if self._older else ""
        older = tuple((name, thing) for name, thing in self._older.items() if name in text)
        return changed(fact, older=older) if older else fact

    def numbers(self, resource: Mapping[str, Any]) -> tuple[Identifier, ...]:
        """The personal numbers of a resource."""
        found = []
        for each in every(resource, "identifier"):
            kind, value = str(first(each, "type.coding.code") or "MR"), str(first(each, "value"))
            system = str(first(each, "system")).removeprefix("urn:oid:")
            if self.names_somebody(kind, value) and first(each, "use") != "old":
                found.append(self.number(kind, system, value))
        return self.sorted(found)

    def visit_id(self, patient_key: str, path: str) -> str | None:
        """The id of the encounter the resource belongs to."""
        id = self.referred(path, "Encounter")
        return self.visit_key(patient_key, f"Encounter/{id}") if id else None

    def time(self, *paths: str) -> datetime | None:
        """The first dateTime at these paths."""
        return next(filter(None, (self.maybe_time(first(self.r, path)) for path in paths)), None)

    def maybe_time(self, text: object) -> datetime | None:
        """A FHIR instant, dateTime or date; without an offset in the site's zone; None where it says nothing."""
        whole = str(text or "")
        if len(whole) in (4, 7):
            whole = f"{whole}-01-01"[:10]
        try:
            found = datetime.fromisoformat(whole)
        except ValueError:
            return None
        if not plausible(found):
            return None
        return found if found.tzinfo else found.replace(tzinfo=self.zone)

    def day(self, text: object) -> date | None:
        """A full date."""
        found = self.maybe_time(text) if len(str(text)) >= 10 else None
        return found.date() if found else None

    def coded(self, path: str) -> Coded:
        """The CodeableConcept at a path."""
        return coding(first(self.r, path, {}))


def coding(concept: Mapping[str, Any]) -> Coded:
    """A CodeableConcept: its first coding, its text. ICD-10 is called as HL7 v2 calls it."""
    code, system = first(concept, "coding.code"), str(first(concept, "coding.system"))
    text = first(concept, "text") or first(concept, "coding.display")
    return Coded(code=code or None, text=text or None, system="I10" if "icd-10" in system.lower() else system)
