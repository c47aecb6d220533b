"""Read patient, inpatient stay and diagnoses of a WS/T 500 document (CDA R2). Pure."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from xml.etree.ElementTree import Element

from services.his_adapter.formats.cda.xml import attribute, every, first, text_at, text_below
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import Site
from shared.contracts.base import plausible
from shared.contracts.facts import Coded, Details, Identifier, Sex, Visit

ROOTS = {"1.3": "NNCHN", "1.13": "MR", "1.19": "HC", "1.12": "VN"}
"""Identifier types (table 0203) by OID root below 2.16.156.10011: citizen, record, health card, stay."""
NATIONAL = "2.16.156.10011."
DEPARTMENT, WARD = f"{NATIONAL}1.26", f"{NATIONAL}1.27"
SEXES: Mapping[str, Sex] = {"1": "male", "2": "female", "9": "unknown", "0": "unknown"}
"""GB/T 2261.1."""
ADMISSION, DISCHARGE, DIAGNOSIS, DISCHARGED = "46241-6", "11535-2", "DE05.01.024.00", "DE06.00.017.00"
"""Codes of sections (LOINC) and data elements (WS 363): coded diagnosis and time of discharge."""
ROLE = "recordTarget/patientRole"
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?)?(?:\.\d+)?([+-]\d{4})?")


class Wrong(Exception):
    """A document cannot be accepted; the text names the element and how to correct it."""


class Document(Naming):
    """A document about its first patient, or the patient in `role`. Methods raise `Wrong`."""

    def __init__(self, site_key: bytes, site: Site, root: Element, role: Element | None = None) -> None:
        super().__init__(site_key, site)
        self.root = root
        self.role = first(root, ROLE) if role is None else role
        self.encounter = first(root, "componentOf/encompassingEncounter")

    @property
    def code(self) -> str:
        """Document type, such as `C0053`."""
        return attribute(self.root, "code", "code")

    @property
    def id(self) -> str:
        """The document's id, with its version if it has one."""
        number, version = attribute(self.root, "id", "extension"), attribute(self.root, "versionNumber")
        return "/".join(filter(None, (number or attribute(self.root, "id", "root"), version)))

    def written(self) -> datetime:
        """Return when this version was written, which orders the versions. Raises `Wrong`."""
        effective = self.time(attribute(self.root, "effectiveTime"))
        if effective is None:
            raise Wrong("ClinicalDocument/effectiveTime/@value must be a time such as 20260312150000")
        return effective

    def time(self, text: str) -> datetime | None:
        """Parse a TS, by default in the site's zone; None if it is not a time."""
        match = _TIME.match(text)
        if not match:
            return None
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        zone = datetime.strptime(match[7], "%z").tzinfo if match[7] else self.zone
        try:
            at = datetime(year, month, day, hour, minute, second, tzinfo=zone)
        except ValueError:
            return None
        return at if plausible(at) else None

    def ids(self) -> dict[str, str]:
        """Return the patient's identifiers: type (table 0203) → value."""
        elements = [*every(self.role, "id"), *every(self.role, "patient/id")]
        values = {ROOTS.get(e.get("root", "").removeprefix(NATIONAL), ""): e.get("extension", "") for e in elements}
        return {kind: value.strip() for kind, value in values.items() if kind and value.strip()}

    def identifiers(self) -> tuple[Identifier, ...]:
        """Return the patient's identifiers; without a record number, the stay number counts as one. Raises `Wrong`."""
        ids = self.ids()
        numbers = {kind: value for kind, value in ids.items() if kind != "VN"}
        if "MR" not in numbers and "VN" in ids:
            numbers["MR"] = ids["VN"]
        identifiers = [
            self.number(kind, "", value) for kind, value in numbers.items() if self.names_somebody(kind, value)
        ]
        if not identifiers:
            raise Wrong(f"recordTarget/patientRole/id holds no number of the patient (root {NATIONAL}1.12 or 1.13)")
        return self.sorted(identifiers)

    def details(self) -> Details:
        """Return the patient's details."""
        person, address = first(self.role, "patient"), first(self.role, "addr")
        parts = ("state", "city", "county", "township", "streetName", "houseNumber", "houserNumber")
        phone = attribute(self.role, "telecom").removeprefix("tel:")
        return Details(
            identifiers=self.identifiers(),
            name=text_at(person, "name") or None,
            birth_date=self._day(attribute(person, "birthTime")),
            sex=SEXES.get(attribute(person, "administrativeGenderCode", "code")),
            phones=(phone,) if phone else None,
            address="".join(text_at(address, part) for part in parts) or None,
        )

    def _day(self, text: str) -> date | None:
        time = self.time(text)
        return time.date() if time else None

    def visit(self, patient_key: str) -> Visit:
        """Return the stay, identified by its number, else by its start, else by the document."""
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
            doctor_name=text_at(doctor, "assignedPerson/name"),
        )

    def _place(self, root: str) -> dict[str, str]:
        """Return `id` and `name` of the location's organization whose id has this root; {} if there is none."""
        for organization in every(self.encounter, "**/wholeOrganization"):
            if attribute(organization, "id", "root") == root:
                return {"id": attribute(organization, "id", "extension"), "name": text_at(organization, "name")}
        return {}

    def diagnoses(self, section: str) -> tuple[Coded, ...]:
        """Return the coded diagnoses of a section."""
        diagnoses = [coded(first(observation, "value")) for observation in self.observations(section, DIAGNOSIS)]
        return tuple(dict.fromkeys(diagnosis for diagnosis in diagnoses if diagnosis.code or diagnosis.text))

    def observations(self, section_code: str, code: str) -> Iterator[Element]:
        """Yield the observations with this code in the sections with this code."""
        for section in every(self.root, "component/structuredBody/component/section"):
            if attribute(section, "code", "code") == section_code:
                yield from (o for o in every(section, "**/observation") if attribute(o, "code", "code") == code)

    def left(self) -> datetime | None:
        """Return the time of discharge: the end of the encounter, else the time in the discharge section."""
        ended = self.time(attribute(self.encounter, "effectiveTime/high"))
        observations = self.observations(DISCHARGE, DISCHARGED)
        times = (attribute(observation, "value") or text_at(observation, "value") for observation in observations)
        return ended or next(filter(None, map(self.time, times)), None)


def coded(value: Element | None) -> Coded:
    """Return a CD as a code, or the text of an ST. The national ICD-10 code systems are named `I10` as in HL7 v2."""
    if value is None:
        return Coded()
    system = value.get("codeSystem", "")
    text = value.get("displayName") or text_below(value)
    icd10 = system.startswith(f"{NATIONAL}2.3.3.11") or "icd-10" in value.get("codeSystemName", "").lower()
    return Coded(code=value.get("code") or None, text=text or None, system="I10" if icd10 else system)
