"""Raw messages → my commands."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.his_adapter.definitions import Site
from services.his_adapter.directory.telling import commanding
from services.his_adapter.facts import servers
from services.his_adapter.facts.commands import NoteNothing, ReportFact
from services.his_adapter.formats import meaning
from services.his_adapter.formats.hl7.message import parse
from services.his_adapter.requests import hearing
from services.his_adapter.requests.commands import HearAnswer, PlaceRequest
from services.his_adapter.requests.definitions import Endpoint
from shared.contracts.base import Command, retold
from shared.contracts.his_adapter import HospitalMessageReceived, PatientFact
from shared.contracts.his_payments import PaymentMade, RefundMade
from shared.contracts.his_requests import Settling
from shared.contracts.his_servers import FactHandedOn
from shared.definitions import Definitions
from shared.envelope import Envelope
from shared.policy import Policy, Refused, caused

T = TypeVar("T")


def site_of(definitions: Definitions, id: str, sender: str = "") -> Site:
    """The mapping in force for a sender that has its own, else for a site, else one that maps nothing."""
    own = (site for site in definitions.current(Site) if sender and sender in site.senders)
    return next(own, None) or definitions.find(Site, id) or Site(id=id, version=1, authority=id.upper())


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
        found = _read(meaning.told, site_key, received, definitions)
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


def list_entries(site_key: bytes) -> Policy:
    """Every stored message that speaks of the hospital itself goes to the directory."""

    def react(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
        if not meaning.tells_directory(received.data.format, received.data.message_type):
            return []
        found = _read(meaning.entries, site_key, received, definitions)
        return [commanding(entry, caused(received, "list", index)) for index, entry in enumerate(found)]

    return Policy("list", ("his-adapter",), (HospitalMessageReceived,), react, "his-directory", kind="raw")


def _hear(received: Envelope[HospitalMessageReceived], definitions: Definitions) -> list[Command]:
    """An answer that came over a connection of its own, or an appointment that was booked because we asked."""
    told = received.data
    if not meaning.may_answer(told.format, told.message_type) or told.text is None:
        return []
    message = parse(told.text)
    id = hearing.answers(message)
    if not id:
        return []
    named = (each for each in definitions.current(Endpoint) if each.application == message.get("MSH-3"))
    endpoint = next(named, Endpoint(id="unknown", version=1, takes=(), identity=()))
    aside = not message.first("MSA")
    answer = hearing.booked(message, endpoint) if aside else hearing.heard(message, endpoint)
    return [
        HearAnswer(
            id=caused(received, "hear"),
            at=told.at,
            request_id=id,
            said_by=told.sender,
            sealed_for=told.seal_key,
            aside=aside,
            **answer,
        )
    ]


def _settle(paid: Envelope[PaymentMade | RefundMade], definitions: Definitions) -> list[Command]:
    """The hospital's books hear of money that came in, or went back."""
    event, order = paid.data, paid.data.order
    if order.subject is None:
        return []
    back = isinstance(event, RefundMade)
    ask = Settling(
        action="settle",
        amount=-event.amount if back else event.amount,
        currency=order.currency,
        paid=event.at,
        provider=order.provider,
        transaction_id=event.refund_id if isinstance(event, RefundMade) else event.transaction_id,
        charges=order.charges,
    )
    request = hearing.request_id(paid.id)
    return [
        PlaceRequest(
            id=caused(paid, "settle"),
            at=paid.recorded,
            request_id=request,
            asked_by=f"payment/{event.payment_id}",
            insist=True,
            person_id=event.person_id,
            subject=order.subject,
            ask=ask,
        )
    ]


HAND_ON = Policy("hand-on", ("his-adapter",), (FactHandedOn,), _hand_on, "his-adapter", begins="beginning")
SETTLE = Policy("settle", ("his-payments",), (PaymentMade, RefundMade), _settle, "his-requests")
HEAR = Policy("hear", ("his-adapter",), (HospitalMessageReceived,), _hear, "his-requests", kind="raw")


def _read(
    read: Callable[[bytes, Site, HospitalMessageReceived], Sequence[T]],
    site_key: bytes,
    received: Envelope[HospitalMessageReceived],
    definitions: Definitions,
) -> Sequence[T]:
    try:
        return read(site_key, site_of(definitions, received.data.site), received.data)
    except meaning.Untranslatable as error:
        raise Refused(f"{received.data.format}-untranslatable", str(error)) from error
