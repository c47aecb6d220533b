"""Find the patients of a message at intake, whatever its type, so that erasure also covers untranslated messages.

A patient is given by the keys of their identifiers (`Naming.number`). Content that cannot be read yields no patients
and no error; the message is validated later.
"""

from typing import assert_never

from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.meaning import tells_directory
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.formats.whose.fhir import of_fhir
from services.his_adapter.formats.whose.hl7 import of_hl7
from services.his_adapter.formats.whose.others import of_document, of_row, of_ticket
from shared.contracts.base import changed
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.definitions import Definitions


def attributed(site_key: bytes, site: Site, message: HospitalMessageReceived) -> HospitalMessageReceived:
    """Return the message with the patients it names; directory messages are marked `hospital` and have none."""
    hospital = tells_directory(message.format, message.message_type)
    return changed(message, patients=() if hospital else of_message(site_key, site, message), hospital=hospital)


def of_message(site_key: bytes, site: Site, message: HospitalMessageReceived) -> tuple[str, ...]:
    """Return the keys of the patients of a message."""
    raw = (message.text or "").encode()
    match message.format:
        case "hl7v2":
            return of_hl7(site_key, site, raw)
        case "fhir":
            return of_fhir(site_key, site, raw, message.sender)
        case "cda":
            return of_document(site_key, site, raw)
        case "queue":
            return of_ticket(site_key, site, raw)
        case _:
            assert_never(message.format)


def of_refused(
    site_key: bytes, site: Site, where: str, raw: bytes, sender: str = "", definitions: Definitions | None = None
) -> tuple[str, ...]:
    """Return the keys of the patients of refused bytes. `where` is the intake, `sender` the feed or table version."""
    if where == "table":
        tables = (definitions or Definitions()).current(Table)
        table = next((table for table in tables if sender == str(table.any_version)), None)
        return of_row(site_key, site, table, raw) if table else ()
    if where == "fhir":
        return of_fhir(site_key, site, raw, sender)
    patients_of = {"mllp": of_hl7, "soap": of_document, "queue": of_ticket}.get(where)
    return patients_of(site_key, site, raw) if patients_of else ()
