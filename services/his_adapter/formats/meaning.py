"""Translate a stored message of any format into facts about patients or directory entries."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import assert_never

from services.his_adapter.formats.cda import stay as cda
from services.his_adapter.formats.cda.document import Wrong
from services.his_adapter.formats.cda.xml import NotXml
from services.his_adapter.formats.common.entries import EntryReport
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.fhir import families as fhir
from services.his_adapter.formats.fhir.resource import Invalid
from services.his_adapter.formats.hl7 import translate
from services.his_adapter.formats.hl7.message import Broken, parse
from services.his_adapter.formats.queues import ticket as queues
from shared.bounding import TooLong, cut
from shared.contracts.base import changed
from shared.contracts.his_adapter import HospitalMessageReceived, PatientFact, PatientsLinked, PatientsUnlinked

AGAIN = 64 << 20
"""Limit of the patient details in all facts of a message, in bytes: every fact repeats them."""
ANSWERS = ("ACK", "SRR", "RSP")
"""Message codes (MSH-9.1) of answers to our requests."""


class Untranslatable(Exception):
    """A message cannot be translated; the text names the field and how to correct it."""


def is_ours(format: str, kind: str) -> bool:
    """Whether messages of this type are translated or refused here; other types are only stored and counted."""
    if format == "hl7v2":
        return translate.is_ours(kind)
    if format == "cda":
        return kind in cda.OURS
    return format != "fhir" or fhir.is_ours(kind)


def tells_directory(format: str, kind: str) -> bool:
    """Whether messages of this type hold directory entries; all others are about patients."""
    if format == "hl7v2":
        return translate.of_directory(kind)
    return format == "fhir" and fhir.of_directory(kind)


def may_answer(format: str, kind: str) -> bool:
    """Whether messages of this type may answer our requests: acknowledgements, responses, appointments (SIU)."""
    return format == "hl7v2" and kind.partition("^")[0] in (*ANSWERS, "SIU")


def facts(site_key: bytes, site: Site, received: HospitalMessageReceived) -> Sequence[PatientFact]:
    """Return the facts of a message; none if its text was erased. Raises `Untranslatable`."""
    return [fact for fact, _ in facts_and_cuts(site_key, site, received)]


def facts_and_cuts(
    site_key: bytes, site: Site, received: HospitalMessageReceived
) -> Sequence[tuple[PatientFact, tuple[str, ...]]]:
    """Return the facts, each with the names of its truncated texts; the stored message keeps the full texts."""
    with _worded():
        facts, size = [], 0
        for fact in _facts(site_key, site, received):
            facts.append(cut(changed(fact, reachable=bool(received.patients))))
            size += len(facts[-1][0].patient.model_dump_json())
            if size > AGAIN:
                raise Untranslatable("it says so much of its patient beside so many things: send it in parts")
        return facts


def of_one(fact: PatientFact) -> PatientFact:
    """Remove the identifier values of other patients from a fact, since they would survive these patients' erasure."""
    if not isinstance(fact, PatientsLinked | PatientsUnlinked):
        return fact
    return changed(fact, others=tuple(changed(other, value=None) for other in fact.others))


def _facts(site_key: bytes, site: Site, received: HospitalMessageReceived) -> Sequence[PatientFact]:
    if received.text is None:
        return []
    match received.format:
        case "fhir":
            return fhir.facts(site_key, site, received)
        case "queue":
            return queues.facts(site_key, site, received)
        case "cda":
            return cda.facts(site_key, site, received)
        case "hl7v2":
            message = parse(received.text)
            return translate.facts(site_key, site, message, received.message_id, received.historical)
        case _:
            assert_never(received.format)


def entries(site_key: bytes, site: Site, received: HospitalMessageReceived) -> Sequence[EntryReport]:
    """Return the directory entries of a message; none if its text was erased. Raises `Untranslatable`."""
    if received.text is None:
        return []
    with _worded():
        if received.format == "fhir":
            return fhir.entries(site_key, site, received)
        return translate.entries(site_key, site, parse(received.text), received.message_id)


@contextmanager
def _worded() -> Iterator[None]:
    try:
        yield
    except Broken as error:
        raise Untranslatable(error.detail) from error
    except (Invalid, Wrong, NotXml, TooLong) as error:
        raise Untranslatable(str(error)) from error
