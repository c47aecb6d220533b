"""Policies: stored hospital messages → `ReportFact` commands."""

from services.his_adapter.facts import servers
from services.his_adapter.facts.commands import NoteNothing, ReportFact
from services.his_adapter.formats import meaning
from services.his_adapter.formats.translating import translated
from shared.contracts.base import Command, retold
from shared.contracts.his_adapter import HospitalMessageReceived, PatientFact
from shared.contracts.his_servers import FactHandedOn
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, caused


def reporting(
    fact: PatientFact, id: str, corrects: bool = False, cut: tuple[str, ...] = (), former_id: str | None = None
) -> ReportFact:
    """Build the command for a fact. `cut` names the fields whose text was truncated."""
    fact = meaning.of_one(fact)
    return ReportFact(
        id=id,
        at=fact.at,
        patient_key=servers.home(fact),
        message_id=fact.message_id,
        fact_type=type(fact).wire,
        corrects=corrects,
        cut=cut,
        fact=fact.model_dump(mode="json", exclude={"at"}),
        former_id=former_id,
    )


def translate_messages(site_key: bytes) -> Policy:
    """Translate every stored message into facts; a message that cannot be translated is refused with its position."""

    def react(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
        if meaning.tells_directory(received.data.format, received.data.message_type):
            return []
        message = received.data
        facts = translated(meaning.facts_and_cuts, site_key, received, definitions)
        if not facts and message.text is not None and meaning.is_ours(message.format, message.message_type):
            id = caused(received, "nothing")
            return [NoteNothing(id=id, at=message.at, sender=message.sender, message_id=message.message_id)]
        return [
            reporting(fact, caused(received, "translate", index), cut=cut, former_id=message.former_id)
            for index, (fact, cut) in enumerate(facts)
        ]

    return Policy("translate", ("his-adapter",), (HospitalMessageReceived,), react, "his-adapter", kind="raw")


def _hand_on(handed: Envelope[FactHandedOn], definitions: Definitions) -> list[Command]:
    """Report a handed-on fact to the patient `to_key`, unless its data was erased meanwhile."""
    event = handed.data
    if event.fact is None:
        return []
    leave = ("patient_key", "to_key")
    return [retold(ReportFact, event, leave=leave, id=caused(handed, "hand-on"), patient_key=event.to_key)]


HAND_ON = Policy("hand-on", ("his-adapter",), (FactHandedOn,), _hand_on, "his-adapter", begins="beginning")
