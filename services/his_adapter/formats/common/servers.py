"""Names of FHIR servers, and the form of a patient id without its server (ADR 25)."""

from collections.abc import Sequence

from services.his_adapter.formats.definitions import Site
from shared.contracts.facts import BARE_ID, SERVER_ID, Identifier, has_kind


def is_table(sender: str) -> bool:
    """Whether a sender is a table, `table/<id>`. We make its ids from the hospital's numbers, as in every table."""
    return sender.startswith("table/")


def names_of(site: Site, sender: str) -> tuple[str, ...]:
    """The names of a sender's FHIR server, the one used in its ids first; empty for a table or an unknown sender."""
    for name, senders in site.servers.items():
        if sender in (name, *senders):
            return tuple(dict.fromkeys((name, *senders)))
    return () if not sender or is_table(sender) else (sender,)


def bare_of(identifiers: Sequence[Identifier]) -> Identifier | None:
    """The FHIR id without its server, of a patient who also has the id with its server; else None."""
    has_server = any(has_kind(identifier.system, SERVER_ID) for identifier in identifiers)
    bare_ids = (identifier for identifier in identifiers if has_kind(identifier.system, BARE_ID))
    return next(bare_ids, None) if has_server else None
