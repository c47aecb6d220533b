"""Raw messages → facts to tell."""

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
    """The command that tells a fact, of which some texts were cut."""
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
    """Every stored message becomes the facts it states; what cannot be translated is refused with its place."""

    def react(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
        if meaning.tells_directory(received.data.format, received.data.message_type):
            return []
        found = translated(meaning.told, site_key, received, definitions)
        told = received.data
        if not found and told.text is not None and meaning.is_ours(told.format, told.message_type):
            return [
                NoteNothing(id=caused(received, "nothing"), at=told.at, sender=told.sender, message_id=told.message_id)
            ]
        named = ((fact, caused(received, "translate", index), cut) for index, (fact, cut) in enumerate(found))
        return [reporting(fact, id, cut=cut, former_id=told.former_id) for fact, id, cut in named]

    return Policy("translate", ("his-adapter",), (HospitalMessageReceived,), react, "his-adapter", kind="raw")


def _hand_on(handed: Envelope[FactHandedOn], definitions: Definitions) -> list[Command]:
    """A fact that came under another server's id is asked about under its own; one that was erased meanwhile is not."""
    told = handed.data
    if told.fact is None:
        return []
    leave = ("patient_key", "to_key")
    return [retold(ReportFact, told, leave=leave, id=caused(handed, "hand-on"), patient_key=told.to_key)]


HAND_ON = Policy("hand-on", ("his-adapter",), (FactHandedOn,), _hand_on, "his-adapter", begins="beginning")
