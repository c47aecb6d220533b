"""What a stored message means, whatever format it came in: facts about patients, or what it tells the directory."""

from services.his_adapter import translate
from services.his_adapter.definitions import Site
from services.his_adapter.directory.telling import EntryTold
from services.his_adapter.hl7.message import parse
from shared.contracts.his_adapter import HospitalMessageReceived, PatientFact


def is_ours(format: str, kind: str) -> bool:
    """Whether messages of that kind are translated or refused here, rather than stored and counted."""
    return translate.is_ours(kind)


def tells_directory(format: str, kind: str) -> bool:
    """Whether messages of that kind tell what the hospital has; the others speak of patients."""
    return translate.of_directory(kind)


def facts(site_key: bytes, site: Site, received: HospitalMessageReceived) -> list[PatientFact]:
    """What a message states about patients; nothing where its text was erased. Raises `Broken`."""
    if received.text is None:
        return []
    return translate.facts(site_key, site, parse(received.text), received.message_id, received.historical)


def entries(site_key: bytes, site: Site, received: HospitalMessageReceived) -> list[EntryTold]:
    """What a message tells the directory. Raises `Broken`."""
    if received.text is None:
        return []
    return translate.entries(site_key, site, parse(received.text), received.message_id)
