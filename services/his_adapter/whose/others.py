"""A document, a queue ticket, a row of a table: each names one patient."""

import orjson

from services.his_adapter.cda.document import Document, Wrong
from services.his_adapter.cda.xml import NotXml, parse, text_of
from services.his_adapter.definitions import Site, Table
from services.his_adapter.naming import Naming
from services.his_adapter.queues import Ticket
from services.his_adapter.tables.cells import Reading, Row


def of_document(site_key: bytes, site: Site, raw: bytes) -> tuple[str, ...]:
    """The patient of a CDA document, or of other XML that looks like one."""
    try:
        return tuple(number.key for number in Document(site_key, site, parse(text_of(raw))).identifiers())
    except (NotXml, Wrong):
        return ()


def of_ticket(site_key: bytes, site: Site, raw: bytes) -> tuple[str, ...]:
    """The patient of a queue ticket."""
    ticket = Ticket.model_validate_json(raw, extra="ignore")
    return (Naming(site_key, site).number(ticket.kind, ticket.authority, ticket.number).key,)


def of_row(site_key: bytes, site: Site, table: Table, raw: bytes) -> tuple[str, ...]:
    """The patient of a row, as it is kept in a dead letter."""
    return of_cells(site_key, site, table, orjson.loads(raw))


def of_cells(site_key: bytes, site: Site, table: Table, row: Row) -> tuple[str, ...]:
    """The patient of a row, whatever is wrong with the rest of it."""
    number = Reading(site_key, table, site.zone, row).get("number")
    return (Naming(site_key, site).number("MR", "", number).key,) if number else ()
