"""A WS/T 500 document (CDA R2): whom it is about, which stay, which diagnoses. Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from xml.etree.ElementTree import Element

from services.his_adapter.definitions import Site
from services.his_adapter.formats.cda.xml import attribute, every, first, text_below, words
from services.his_adapter.formats.common.naming import Naming
from shared.contracts.base import plausible
from shared.contracts.facts import Coded, Details, Identifier, Sex, Visit

ROOTS = {"1.3": "NNCHN", "1.13": "MR", "1.19": "HC", "1.12": "VN"}
"""Roots of ids below 2.16.156.10011, as table 0203 calls them: citizen, record, health card, stay."""
NATIONAL = "2.16.156.10011."
DEPARTMENT, WARD = f"{NATIONAL}1.26", f"{NATIONAL}1.27"
SEXES: Mapping[str, Sex] = {"1": "male", "2": "female", "9": "unknown", "0": "unknown"}
"""GB/T 2261.1."""
ADMISSION, DISCHARGE, DIAGNOSIS, DISCHARGED = "46241-6", "11535-2", "DE05.01.024.00", "DE06.00.017.00"
"""Sections (LOINC) and data elements (WS 363): the coded diagnosis, and when the patient left."""
ROLE = "recordTarget/patientRole"
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?:\.\d+)?([+-]\d{4})?")


class Wrong(Exception):
    """A document cannot be taken; the text names the place and what to mend."""


class Document(Naming):
    """A document with what its translation needs, of the first patient or the one in `role`. Raises `Wrong`."""

    def __init__(self, site_key: bytes, site: Site, root: Element, role: Element | None = None) -> None:
        super().__init__(site_key, site)
        self.root = root
        self.role = first(root, ROLE) if role is None else role
        self.encounter = first(root, "componentOf/encompassingEncounter")

    @property
    def code(self) -> str:
        """`C0053`."""
        return attribute(self.root, "code", "code")

    @property
    def id(self) -> str:
        """The document's number, with its version where it has one."""
        number, version = attribute(self.root, "id", "extension"), attribute(self.root, "versionNumber")
        return "/".join(filter(None, (number or attribute(self.root, "id", "root"), version)))

    def written(self) -> datetime:
        """When this version was made: the version clock."""
        found = self.time(attribute(self.root, "effectiveTime"))
        if found is None:
            raise Wrong("ClinicalDocument/effectiveTime/@value must be a time such as 20260312150000")
        return found

    def time(self, text: str) -> datetime | None:
        """A TS; without an offset in the site's zone; None where there is none."""
        found = _TIME.match(text)
        if not found:
            return None
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
        zone = datetime.strptime(found[7], "%z").tzinfo if found[7] else self.zone
        try:
            at = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        except ValueError:
            return None
        return at if plausible(at) else None

    def ids(self) -> dict[str, str]:
        """Kind of number (table 0203) → its value."""
        told = [*every(self.role, "id"), *every(self.role, "patient/id")]
        found = {ROOTS.get(each.get("root", "").removeprefix(NATIONAL), ""): each.get("extension", "") for each in told}
        return {kind: value.strip() for kind, value in found.items() if kind and value.strip()}

    def identifiers(self) -> tuple[Identifier, ...]:
        """Who it is: the record's number; where there is none the stay's, which many hospitals use as such."""
        ids = self.ids()
        numbers = {kind: value for kind, value in ids.items() if kind != "VN"}
        if "MR" not in numbers and "VN" in ids:
            numbers["MR"] = ids["VN"]
        named = [self.number(kind, "", value) for kind, value in numbers.items() if self.names_somebody(kind, value)]
        if not named:
            raise Wrong(f"recordTarget/patientRole/id holds no number of the patient (root {NATIONAL}1.12 or 1.13)")
        return self.sorted(named)

    def details(self) -> Details:
        """Who the patient is."""
        person, address = first(self.role, "patient"), first(self.role, "addr")
        parts = ("state", "city", "county", "township", "streetName", "houseNumber", "houserNumber")
        phone = attribute(self.role, "telecom").removeprefix("tel:")
        return Details(
            identifiers=self.identifiers(),
            name=words(person, "name") or None,
            birth_date=self._day(attribute(person, "birthTime")),
            sex=SEXES.get(attribute(person, "administrativeGenderCode", "code")),
            phones=(phone,) if phone else None,
            address="".join(words(address, part) for part in parts) or None,
        )

    def _day(self, text: str) -> date | None:
        found = self.time(text)
        return found.date() if found else None

    def visit(self, patient_key: str) -> Visit:
        """The stay, named by its number, else by when it began."""
        number = self.ids().get("VN") or attribute(self.encounter, "effectiveTime/low") or self.id
        place = self._place(DEPARTMENT)
        code, name = self.department(place.get("id", "")) if place.get("id") else ("", "")
        doctor = first(self.root, "author/assignedAuthor")
        return Visit(
            visit_id=self.visit_key(patient_key, number),
            number=number,
            patient_class="inpatient",
            department=code or place.get("name", ""),
            department_name=name if name != code else place.get("name", "") or code,
            ward=self._place(WARD).get("id", ""),
            doctor=attribute(doctor, "id", "extension"),
            doctor_name=words(doctor, "assignedPerson/name"),
        )

    def _place(self, root: str) -> dict[str, str]:
        """An organisation of the encounter's location by the root of its id."""
        for each in every(self.encounter, "**/wholeOrganization"):
            if attribute(each, "id", "root") == root:
                return {"id": attribute(each, "id", "extension"), "name": words(each, "name")}
        return {}

    def diagnoses(self, section: str) -> tuple[Coded, ...]:
        """The coded diagnoses of a section."""
        found = (each for each in self.observations(section) if attribute(each, "code", "code") == DIAGNOSIS)
        told = [coded(first(each, "value")) for each in found]
        return tuple(dict.fromkeys(each for each in told if each.code or each.text))

    def observations(self, section: str) -> Iterator[Element]:
        """Every observation in the section of that code."""
        for each in every(self.root, "component/structuredBody/component/section"):
            if attribute(each, "code", "code") == section:
                yield from every(each, "**/observation")

    def left(self) -> datetime | None:
        """When the patient went home: the encounter's end, else what the discharge section says."""
        ended = self.time(attribute(self.encounter, "effectiveTime/high"))
        said = (each for each in self.observations(DISCHARGE) if attribute(each, "code", "code") == DISCHARGED)
        told = (attribute(each, "value") or words(each, "value") for each in said)
        return ended or next(filter(None, map(self.time, told)), None)


def coded(value: Element | None) -> Coded:
    """A CD, or the words of an ST. All of its ICD-10 lists are called as HL7 v2 calls ICD-10."""
    if value is None:
        return Coded()
    system = value.get("codeSystem", "")
    text = value.get("displayName") or text_below(value)
    icd10 = system.startswith(f"{NATIONAL}2.3.3.11") or "icd-10" in value.get("codeSystemName", "").lower()
    return Coded(code=value.get("code") or None, text=text or None, system="I10" if icd10 else system)
