"""Patients of CDA documents, queue tickets and table rows."""

import orjson

from services.his_adapter.formats.cda.document import ROLE, Document, Wrong
from services.his_adapter.formats.cda.xml import NotXml, every, parse, text_of
from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.queues.ticket import Ticket
from services.his_adapter.formats.tables.cells import CellReader, Row
from services.his_adapter.formats.tables.definitions import Table
from shared.contracts.facts import Identifier


def of_document(site_key: bytes, site: Site, raw: bytes) -> tuple[str, ...]:
    """Return the patients of a CDA document, or of other XML with `patientRole` elements; none if it is not XML."""
    try:
        root = parse(text_of(raw))
    except NotXml:
        return ()
    keys = (number.key for role in every(root, ROLE) for number in _of_role(Document(site_key, site, root, role)))
    return tuple(dict.fromkeys(keys))


def _of_role(document: Document) -> tuple[Identifier, ...]:
    try:
        return document.identifiers()
    except Wrong:
        return ()


def of_ticket(site_key: bytes, site: Site, raw: bytes) -> tuple[str, ...]:
    """Return the patient of a queue ticket."""
    ticket = Ticket.model_validate_json(raw, extra="ignore")
    return (Naming(site_key, site).number(ticket.kind, ticket.authority, ticket.number).key,)


def of_row(site_key: bytes, site: Site, table: Table, raw: bytes) -> tuple[str, ...]:
    """Return the patient of a row as stored in a dead letter (JSON)."""
    return of_cells(site_key, site, table, orjson.loads(raw))


def of_cells(site_key: bytes, site: Site, table: Table, row: Row) -> tuple[str, ...]:
    """Return the patient of a row, even if its other cells are invalid; none without a number."""
    number = CellReader(site_key, table, site.zone, row).get("number")
    return (Naming(site_key, site).number("MR", "", number).key,) if number else ()
