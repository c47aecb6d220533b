"""Read times, references, identifiers and the patient of one resource."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Any

from services.his_adapter.formats.common.head import Head
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.common.servers import names_of
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.fhir.resource import Invalid, Resource, every, first, name_of
from shared.contracts.base import changed, plausible
from shared.contracts.facts import BARE_ID, SERVER_ID, Coded, Details, Identifier
from shared.contracts.his_adapter import HospitalMessageReceived, PatientFact
from shared.contracts.his_things import Kind, Thing

SUBJECTS = {"patient": "Patient", "subject": "Patient", "individual": "Patient", "beneficiary": "Patient"}
THINGS = dict.fromkeys(("condition", "allergy", "procedure"), Kind.ITEM)
"""Things that the decider calls `item`; all other kinds have the same name there."""
ACTORS = {"participant.actor": ""}
"""Fields that refer to the patient, with the type of a reference without one; an actor may be of any type."""


class ResourceContext(Naming):
    """A stored resource. Methods raise `Invalid` with the path that cannot be read."""

    def __init__(self, site_key: bytes, site: Site, received: HospitalMessageReceived, resource: Resource) -> None:
        super().__init__(site_key, site)
        self.r, self.received = resource, received
        self.servers = names_of(site, received.sender)
        self._bare, self._older = dict[str, str](), dict[str, Thing]()

    @property
    def name(self) -> str:
        """Type and id, `Encounter/77`."""
        return name_of(self.r)

    @property
    def updated(self) -> datetime:
        """Time that orders the versions of a resource: when the server wrote it, else when it was received."""
        return self.maybe_time(first(self.r, "meta.lastUpdated")) or self.received.at

    def head(self, at: datetime | None, patient: Details | None = None) -> Head:
        """Return the fields of every fact; `at` is when it happened, by default when the resource was written."""
        details = patient or Details(identifiers=self.subject())
        return {
            "at": at or self.updated,
            "updated": self.updated,
            "patient_key": details.identifiers[0].key,
            "patient": details,
            "message_id": self.received.message_id,
            "control_id": self.received.control_id,
            "source_system": self.received.sender,
            "historical": self.received.historical,
            "servers": self.servers,
        }

    def subject(self) -> tuple[Identifier, ...]:
        """Return the identifiers of the resource's patient, by id on its server or by identifier. Raises `Invalid`."""
        for field, default_type in (SUBJECTS | ACTORS).items():
            references = (reference for reference in every(self.r, field) if isinstance(reference, dict))
            patients = (self.referred_patient(reference, default_type) for reference in references)
            if identifiers := next(filter(None, patients), None):
                return identifiers
        kind = self.r["resourceType"]
        raise Invalid([(f"{kind}.subject", "no reference names the patient: `Patient/<id>`, or an identifier")])

    def referred_patient(self, reference: Mapping[str, Any], default_type: str) -> tuple[Identifier, ...]:
        """Return the identifiers of the patient a reference names, () if none; `default_type` if it has no type."""
        target = self.target(reference)
        if target.startswith("Patient/"):
            return self.patient(target.removeprefix("Patient/"))
        if target.startswith("#"):
            return self.numbers(self._contained.get(target, {}))
        identifier = reference.get("identifier")
        is_patient = not target and reference.get("type", default_type) == "Patient"
        return self.numbers({"identifier": [identifier]}) if identifier and is_patient else ()

    @cached_property
    def _contained(self) -> dict[str, Resource]:
        """Identifiers of the contained resources, by reference (`#id`)."""
        contained: dict[str, Resource] = {}
        for resource in every(self.r, "contained"):
            holder = contained.setdefault(f"#{resource.get('id')}", {"identifier": []})
            holder["identifier"].extend(every(resource, "identifier"))
        return contained

    def target(self, reference: Mapping[str, Any]) -> str:
        """Return the target of a relative, absolute or versioned reference as `<type>/<id>`."""
        text = str(reference.get("reference", "")).partition("/_history/")[0]
        return text if text.startswith(("#", "urn:")) else "/".join(text.split("/")[-2:])

    def referred(self, path: str, kind: str) -> str:
        """Return the id in the first reference to that resource type at a path; "" if there is none."""
        targets = (self.target(reference) for reference in every(self.r, path) if isinstance(reference, dict))
        return next((t.partition("/")[2] for t in targets if t.startswith(f"{kind}/")), "")

    def patient(self, id: str) -> tuple[Identifier, ...]:
        """Return the identifiers of a patient id: the bare one, preceded by one qualified by its server if known."""
        bare = self.identifier(f"{BARE_ID}:{self.site.authority}", id, exact=True)
        if not self.servers:
            return (bare,)
        named = self.identifier(f"{SERVER_ID}:{self.servers[0]}", id, exact=True)
        self._bare[named.key] = bare.key
        return (named, bare)

    def key(self, kind: str, *parts: str) -> str:
        """Return the id of a thing on this server; FHIR ids are case-sensitive."""
        return self._named(kind, parts, (*self.servers[:1], *parts))

    def visit_key(self, patient_key: str, number: str) -> str:
        """Return the id of a visit; it is qualified by the server if the patient's key is."""
        bare_key = self._bare.get(patient_key)
        if bare_key is None:
            return self.key("visit", patient_key, number)
        return self._named("visit", (bare_key, number), (patient_key, number))

    def _named(self, kind: str, older: Sequence[str], parts: Sequence[str]) -> str:
        former, name = (
            super(ResourceContext, self).key(kind, *(p.encode().hex() for p in ps)) for ps in (older, parts)
        )
        if name != former:
            self._older[name] = Thing(THINGS.get(kind) or Kind(kind), former)
        return name

    def with_older(self, fact: PatientFact) -> PatientFact:
        """Return a fact with the ids that older versions of the software gave to its things (`older`)."""
        text = fact.model_dump_json() if self._older else ""
        older = tuple((name, thing) for name, thing in self._older.items() if name in text)
        return changed(fact, older=older) if older else fact

    def numbers(self, resource: Mapping[str, Any]) -> tuple[Identifier, ...]:
        """Return the personal identifiers of a resource, without those of use `old`."""
        numbers = []
        for identifier in every(resource, "identifier"):
            kind, value = str(first(identifier, "type.coding.code") or "MR"), str(first(identifier, "value"))
            system = str(first(identifier, "system")).removeprefix("urn:oid:")
            if self.names_somebody(kind, value) and first(identifier, "use") != "old":
                numbers.append(self.number(kind, system, value))
        return self.sorted(numbers)

    def visit_id(self, patient_key: str, path: str) -> str | None:
        """Return the id of the encounter that the reference at a path names, else None."""
        id = self.referred(path, "Encounter")
        return self.visit_key(patient_key, f"Encounter/{id}") if id else None

    def time(self, *paths: str) -> datetime | None:
        """Return the first readable time at these paths, else None."""
        return next(filter(None, (self.maybe_time(first(self.r, path)) for path in paths)), None)

    def maybe_time(self, text: object) -> datetime | None:
        """Parse a FHIR instant, dateTime or date, by default in the site's zone; None if it cannot be read."""
        whole = str(text or "")
        if len(whole) in (4, 7):
            whole = f"{whole}-01-01"[:10]
        try:
            time = datetime.fromisoformat(whole)
        except ValueError:
            return None
        if not plausible(time):
            return None
        return time if time.tzinfo else time.replace(tzinfo=self.zone)

    def day(self, text: object) -> date | None:
        """Parse the day of a full date or time; None for a year or month only."""
        time = self.maybe_time(text) if len(str(text)) >= 10 else None
        return time.date() if time else None

    def coded(self, path: str) -> Coded:
        """Return the CodeableConcept at a path."""
        return coding(first(self.r, path, {}))


def coding(concept: Mapping[str, Any]) -> Coded:
    """Return the first coding and the text of a CodeableConcept. ICD-10 is named `I10` as in HL7 v2."""
    code, system = first(concept, "coding.code"), str(first(concept, "coding.system"))
    text = first(concept, "text") or first(concept, "coding.display")
    return Coded(code=code or None, text=text or None, system="I10" if "icd-10" in system.lower() else system)
