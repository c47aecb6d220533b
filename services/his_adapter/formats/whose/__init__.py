"""Whose a message is, read at the door whatever its type: so that an erasure reaches what was never translated.

A patient is named by the keys of their numbers (`Naming.number`). What cannot be read names nobody, and stops nothing:
the message goes on to where it is judged.
"""

from typing import assert_never

from services.his_adapter.definitions import Site, Table
from services.his_adapter.formats.meaning import tells_directory
from services.his_adapter.formats.whose.fhir import of_fhir
from services.his_adapter.formats.whose.hl7 import of_hl7
from services.his_adapter.formats.whose.others import of_document, of_row, of_ticket
from shared.contracts.base import changed
from shared.contracts.his_adapter import HospitalMessageReceived
from shared.definitions import Definitions


def attributed(site_key: bytes, site: Site, message: HospitalMessageReceived) -> HospitalMessageReceived:
    """A message with the patients it names; with none it may speak of the hospital alone."""
    hospital = tells_directory(message.format, message.message_type)
    return changed(message, patients=() if hospital else of_message(site_key, site, message), hospital=hospital)


def of_message(site_key: bytes, site: Site, message: HospitalMessageReceived) -> tuple[str, ...]:
    """The patients of a message."""
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
    """The patients of what was refused at a door: `where` is which, `sender` whose row or resource it is."""
    if where == "table":
        tables = (definitions or Definitions()).current(Table)
        table = next((each for each in tables if sender == str(each.any_version)), None)
        return of_row(site_key, site, table, raw) if table else ()
    if where == "fhir":
        return of_fhir(site_key, site, raw, sender)
    read = {"mllp": of_hl7, "soap": of_document, "queue": of_ticket}.get(where)
    return read(site_key, site, raw) if read else ()
