"""Raw messages → my commands."""

from services.his_adapter.commands import ReportFact
from services.his_adapter.definitions import Site
from services.his_adapter.hl7.message import Broken, parse
from services.his_adapter.translate import facts
from shared.contracts.base import Command
from shared.contracts.his_adapter import HospitalMessageReceived, PatientFact
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, Refused, caused


def site_of(definitions: Definitions, id: str) -> Site:
    """The mapping in force for a site, or one that maps nothing."""
    return definitions.find(Site, id) or Site(id=id, version=1, authority=id.upper())


def reporting(fact: PatientFact, id: str, corrects: bool = False) -> ReportFact:
    """The command that tells a fact."""
    return ReportFact(
        id=id,
        at=fact.at,
        patient_key=fact.patient_key,
        message_id=fact.message_id,
        fact_type=type(fact).wire,
        corrects=corrects,
        fact=fact.model_dump(mode="json", exclude={"at"}),
    )


def translate_messages(site_key: bytes) -> Policy:
    """Every stored message becomes the facts it states; what cannot be translated is refused with its place."""

    def react(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
        message = received.data
        if message.text is None:
            return []
        site = site_of(definitions, message.site)
        try:
            found = facts(site_key, site, parse(message.text), message.message_id, message.historical)
        except Broken as error:
            raise Refused("hl7-untranslatable", error.told) from error
        return [reporting(fact, caused(received, "translate", index)) for index, fact in enumerate(found or [])]

    return Policy("translate", ("his-adapter",), (HospitalMessageReceived,), react, "his-adapter", kind="raw")
