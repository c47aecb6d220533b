"""Organization, Location, Practitioner(Role), HealthcareService, ChargeItemDefinition → the directory."""

from collections.abc import Callable, Iterable, Iterator
from datetime import time
from typing import Any, cast

from services.his_adapter.formats.common.entries import EntryReport, by_language, filled_entry, report_of
from services.his_adapter.formats.common.naming import han
from services.his_adapter.formats.fhir.context import ResourceContext
from services.his_adapter.formats.fhir.resource import code, every, first
from shared.contracts.his_directory import (
    ClinicHours,
    Closed,
    Department,
    Doctor,
    EntryKey,
    Hours,
    Listed,
    Location,
    Price,
    Words,
)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"
ENTRY_KINDS = {
    "Organization": "department",
    "Location": "location",
    "Practitioner": "doctor",
    "PractitionerRole": "clinic-hours",
    "HealthcareService": "clinic-hours",
    "ChargeItemDefinition": "price",
}
"""Kind of directory entry by resource type, for deletions."""


def listed(c: ResourceContext, entries: Iterable[Listed]) -> Iterator[EntryReport]:
    """Yield the directory entries with this resource as their source."""
    for entry in entries:
        yield report_of(c.updated, _source(c), entry)


def withdrawn(c: ResourceContext) -> EntryReport:
    """Withdraw the contribution of a deleted resource to its directory entry."""
    kind, resource_id = ENTRY_KINDS[c.r["resourceType"]], str(c.r["id"])
    entry = EntryKey(kind, c.department(resource_id)[0] if kind == "department" else resource_id)
    return EntryReport(at=c.updated, entry_id=entry, source=_source(c), stated_fields=None, entirely=False)


def _source(c: ResourceContext) -> str:
    """Return the source of entries: sender and resource, so that each of two roles can be withdrawn on its own."""
    return f"{c.received.sender} {c.name}"


def organization(c: ResourceContext) -> Iterable[Listed]:
    """Organization: a department, by our code if the mapping of the site lists it."""
    yield filled_entry(
        Department,
        code=c.department(str(c.r["id"]))[0],
        names=_words(c.r, "name"),
        part_of=_department(c, "partOf"),
        phones=_phones(c.r),
        active=c.r.get("active", True),
    )


def location(c: ResourceContext) -> Iterable[Listed]:
    """Location: a place."""
    address = first(c.r, "address.text") or ", ".join([*every(c.r, "address.line"), *every(c.r, "address.city")])
    yield filled_entry(
        Location,
        code=str(c.r["id"]),
        names=_words(c.r, "name"),
        about=_words(c.r, "description"),
        form=str(first(c.r, "physicalType.coding.code") or first(c.r, "type.coding.code")),
        part_of=c.referred("partOf", "Location"),
        department=_department(c, "managingOrganization"),
        address=by_language(address),
        latitude=_number(first(c.r, "position.latitude", None)),
        longitude=_number(first(c.r, "position.longitude", None)),
        phones=_phones(c.r),
        active=c.r.get("status", "active") == "active",
    )


def practitioner(c: ResourceContext) -> Iterable[Listed]:
    """Practitioner: a doctor, with the name in every language sent."""
    names: Words = {}
    for name in every(c.r, "name"):
        family, given = str(name.get("family", "")), "".join(name.get("given", ()))
        full_name = str(name.get("text") or "")
        names = {**by_language(full_name or (family + given if han(family) else f"{given} {family}".strip())), **names}
    title = str(first(c.r, "qualification.code.text"))
    yield filled_entry(
        Doctor, code=str(c.r["id"]), names=names, title=by_language(title), active=c.r.get("active", True)
    )


def role(c: ResourceContext) -> Iterable[Listed]:
    """PractitionerRole: department, specialties and clinic hours of a doctor."""
    doctor, department = c.referred("practitioner", "Practitioner"), _department(c, "organization")
    specialties = tuple(
        dict.fromkeys(map(str, [*every(c.r, "specialty.text"), *every(c.r, "specialty.coding.display")]))
    )
    if doctor:
        departments = (department,) if department and c.r.get("active", True) else ()
        yield filled_entry(Doctor, code=doctor, departments=departments, specialties=specialties)
    yield from _hours(c, doctor=doctor, department=department, location=c.referred("location", "Location"))


def service(c: ResourceContext) -> Iterable[Listed]:
    """HealthcareService: opening hours of a department's service."""
    place, department = c.referred("location", "Location"), _department(c, "providedBy")
    yield from _hours(c, names=_words(c.r, "name"), department=department, location=place)


def price(c: ResourceContext) -> Iterable[Listed]:
    """ChargeItemDefinition: the base price of an item."""
    parts = [p for p in every(c.r, "propertyGroup.priceComponent") if p.get("type") == "base" and p.get("amount")]
    money = parts[0]["amount"] if parts else {}
    yield filled_entry(
        Price,
        code=str(first(c.r, "code.coding.code") or c.r["id"]),
        names=_words(c.r, "title") or by_language(str(first(c.r, "code.text") or first(c.r, "code.coding.display"))),
        amount=money.get("value"),
        currency=money.get("currency", "CNY"),
        active=first(c.r, "status") == "active",
        since=c.day(first(c.r, "effectivePeriod.start")),
        until=c.day(first(c.r, "effectivePeriod.end")),
    )


def _hours(c: ResourceContext, **fields: Any) -> Iterator[Listed]:
    hours = tuple(
        Hours(
            weekdays=tuple(DAYS.index(day) + 1 for day in slot.get("daysOfWeek", ()) if day in DAYS)
            or tuple(range(1, 8)),
            starts=_clock(slot.get("availableStartTime")),
            ends=_clock(slot.get("availableEndTime")),
        )
        for slot in every(c.r, "availableTime")
    )
    closed = tuple(
        Closed(since=since, until=c.day(first(absence, "during.end")) or since, why=str(absence.get("description", "")))
        for absence in every(c.r, "notAvailable")
        if (since := c.day(first(absence, "during.start")))
    )
    session = code(c.r, "code", "type")
    if hours:
        active = c.r.get("active", True)
        yield filled_entry(
            ClinicHours, code=str(c.r["id"]), **fields, session=session, hours=hours, closed=closed, active=active
        )


def _department(c: ResourceContext, path: str) -> str:
    id = c.referred(path, "Organization")
    return c.department(id)[0] if id else ""


def _words(resource: dict[str, Any], field: str) -> Words:
    """Return a string and its translations (extension `translation`) by language."""
    translations: dict[str, str] = {
        str(language): text for language, text in by_language(str(resource.get(field, ""))).items()
    }
    for extension in every(resource, f"_{field}.extension"):
        if extension.get("url") == TRANSLATION:
            parts = {part.get("url"): part for part in every(extension, "extension")}
            language = str(first(parts.get("lang", {}), "valueCode"))[:2]
            text = str(first(parts.get("content", {}), "valueString"))
            if language in ("zh", "en") and text:
                translations[language] = text
    return cast("Words", translations)


def _phones(resource: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(t["value"]) for t in every(resource, "telecom") if t.get("system") == "phone" and t.get("value"))


def _clock(text: object) -> time | None:
    return time.fromisoformat(str(text)) if text else None


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


READS: dict[str, Callable[[ResourceContext], Iterable[Listed]]] = {
    "Organization": organization,
    "Location": location,
    "Practitioner": practitioner,
    "PractitionerRole": role,
    "HealthcareService": service,
    "ChargeItemDefinition": price,
}
