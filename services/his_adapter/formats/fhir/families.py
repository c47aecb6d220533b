"""Resource types and the functions that translate them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import orjson
from pydantic import ValidationError

from services.his_adapter.formats.common.entries import EntryReport
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.fhir import care, people, staff
from services.his_adapter.formats.fhir.context import ResourceContext
from services.his_adapter.formats.fhir.resource import Invalid
from shared.contracts import his_adapter as his

FACTS: dict[str, Callable[[ResourceContext], Iterable[his.PatientFact]]] = {
    "Patient": people.patient,
    "RelatedPerson": people.related,
    "Communication": people.communication,
    "Coverage": people.coverage,
    "Encounter": care.encounter,
    "Appointment": care.appointment,
    "DiagnosticReport": care.report,
    "ServiceRequest": care.order,
    "Condition": care.clinical(his.DiagnosisRecorded, "condition", "recordedDate", "onsetDateTime"),
    "AllergyIntolerance": care.clinical(his.AllergyRecorded, "allergy", "recordedDate", "onsetDateTime"),
    "Procedure": care.clinical(his.ProcedureRecorded, "procedure", "performedDateTime", "performedPeriod.start"),
    "ChargeItem": care.charge,
    "Invoice": care.invoice,
}
DELETED = "DELETE "
"""Prefix of the message type of a deletion: `DELETE Encounter`."""


def is_ours(kind: str) -> bool:
    """Whether resources of this type are translated; other types are only stored and counted."""
    return kind in FACTS or of_directory(kind)


def of_directory(kind: str) -> bool:
    """Whether resources of this type are directory entries: staff, places, prices."""
    return kind.removeprefix(DELETED) in staff.READS


def facts(site_key: bytes, site: Site, received: his.HospitalMessageReceived) -> list[his.PatientFact]:
    """Return the facts of a stored resource; none if its type is not about patients. Raises `Invalid`."""
    build = FACTS.get(received.message_type)
    with _named(received.message_type):
        context = _context(site_key, site, received)
        return [context.with_older(fact) for fact in list(build(context))] if build else []


def entries(site_key: bytes, site: Site, received: his.HospitalMessageReceived) -> list[EntryReport]:
    """Return the directory entries of a stored resource. Raises `Invalid`."""
    kind, context = received.message_type, _context(site_key, site, received)
    if kind.startswith(DELETED):
        return [staff.withdrawn(context)]
    with _named(kind):
        return list(staff.listed(context, staff.READS[kind](context)))


@contextmanager
def _named(kind: str) -> Iterator[None]:
    """Raise `Invalid` with the path for values that FHIR allows and our contracts do not (a latitude of 139)."""
    try:
        yield
    except ValidationError as error:
        faults = [(".".join([kind, *(str(part) for part in fault["loc"])]), fault["msg"]) for fault in error.errors()]
        raise Invalid(faults) from error


def _context(site_key: bytes, site: Site, received: his.HospitalMessageReceived) -> ResourceContext:
    return ResourceContext(site_key, site, received, orjson.loads(received.text or "{}"))
