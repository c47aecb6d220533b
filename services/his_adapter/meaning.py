"""What a stored message means, whatever format it came in: facts about patients, or what it tells the directory."""

from collections.abc import Iterator
from contextlib import contextmanager

from services.his_adapter import translate
from services.his_adapter.definitions import Site
from services.his_adapter.directory.telling import EntryTold
from services.his_adapter.fhir import families as fhir
from services.his_adapter.fhir.resource import Invalid
from services.his_adapter.hl7.message import Broken, parse
from shared.contracts.his_adapter import HospitalMessageReceived, PatientFact


class Untranslatable(Exception):
    """A message means nothing we can tell; the text names the place and what to mend."""


def is_ours(format: str, kind: str) -> bool:
    """Whether messages of that kind are translated or refused here, rather than stored and counted."""
    return fhir.is_ours(kind) if format == "fhir" else translate.is_ours(kind)


def tells_directory(format: str, kind: str) -> bool:
    """Whether messages of that kind tell what the hospital has; the others speak of patients."""
    return fhir.of_directory(kind) if format == "fhir" else translate.of_directory(kind)


def facts(site_key: bytes, site: Site, received: HospitalMessageReceived) -> list[PatientFact]:
    """What a message states about patients; nothing where its text was erased. Raises `Untranslatable`."""
    with _worded():
        if received.format == "fhir":
            return fhir.facts(site_key, site, received) if received.text else []
        text = received.text
        return translate.facts(site_key, site, parse(text), received.message_id, received.historical) if text else []


def entries(site_key: bytes, site: Site, received: HospitalMessageReceived) -> list[EntryTold]:
    """What a message tells the directory. Raises `Untranslatable`."""
    with _worded():
        if received.format == "fhir":
            return fhir.entries(site_key, site, received) if received.text else []
        return translate.entries(site_key, site, parse(received.text), received.message_id) if received.text else []


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except Broken as error:
        raise Untranslatable(error.told) from error
    except Invalid as error:
        raise Untranslatable(str(error)) from error
