"""Message types and the functions that translate them."""

from collections.abc import Callable, Iterable, Sequence

from services.his_adapter.formats.common.entries import EntryReport
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7.message import Broken, Hl7Message
from services.his_adapter.formats.hl7.translate import (
    adt,
    billing,
    clinical,
    master,
    merging,
    orders,
    results,
    scheduling,
)
from services.his_adapter.formats.hl7.translate.context import NUMBERS, MessageContext
from shared.contracts import his_adapter as his

Build = Callable[[MessageContext], Iterable[his.PatientFact]]
EVENTS: dict[str, Build] = {
    "ADT^A01": adt.admitted,
    "ADT^A02": adt.transferred,
    "ADT^A03": adt.discharged,
    "ADT^A04": adt.registered,
    "ADT^A06": adt.admitted,
    "ADT^A07": adt.registered,
    "ADT^A08": adt.updated,
    "ADT^A54": adt.updated,
    "ADT^A11": adt.not_admitted,
    "ADT^A12": adt.not_transferred,
    "ADT^A13": adt.not_discharged,
    "ADT^A23": adt.deleted,
    "ADT^A18": merging.merged,
    "ADT^A34": merging.merged,
    "ADT^A40": merging.merged,
    "ADT^A47": merging.merged,
    "SIU^S12": scheduling.changed(his.AppointmentBooked),
    "SIU^S13": scheduling.changed(his.AppointmentBooked),
    "SIU^S15": scheduling.changed(his.AppointmentCancelled),
    "SIU^S16": scheduling.changed(his.AppointmentCancelled),
    "SIU^S17": scheduling.changed(his.AppointmentCancelled),
    "SIU^S26": scheduling.changed(his.AppointmentMissed),
}
"""Translation by message event; other events of these messages use `BY_FAMILY`."""
BY_FAMILY: dict[str, Build] = {
    "ADT": adt.details,
    "BAR": adt.details,
    "SIU": scheduling.changed(his.AppointmentMoved),
    "ORU": results.reported,
    "OUL": results.reported,
    "MDM": results.documented,
    "ORM": orders.ordered,
    "OML": orders.ordered,
    "OMG": orders.ordered,
    "OMI": orders.ordered,
    "DFT": billing.charged,
}
"""Translation by message code, for events that are not in `EVENTS`."""
PAIRS: dict[str, Callable[[Sequence[MessageContext]], Iterable[his.PatientFact]]] = {
    "ADT^A24": merging.linked,
    "ADT^A37": merging.unlinked,
}
"""Translation of messages with two PID segments."""
BY_HAND = {
    "ADT^A29": "deletes a person: erase them with `careloop erase` if that is meant",
    "ADT^A30": "merges persons without a patient: merge them in contacts",
    "ADT^A35": "merges accounts, which are not kept here",
    "ADT^A36": "merges patient and account in one: send A40",
    "ADT^A39": "merges persons by numbers kept elsewhere: send A40",
    "ADT^A46": "changes a number kept elsewhere: send A47",
    "ADT^A41": "merges accounts, which are not kept here",
    "ADT^A42": "merges visits: merge them in contacts",
    "ADT^A43": "moves a number from one patient to another: settle it in contacts",
    "ADT^A44": "moves an account from one patient to another: settle it in contacts",
    "ADT^A45": "moves a visit from one patient to another: settle it in contacts",
    "ADT^A50": "renumbers a visit: settle it in contacts",
}
"""Refused with a reason: translating these only in part could file the data of one patient under another."""
NO_PATIENT = ("ADT^A20", "SIU^S23", "SIU^S24", "SIU^S25")
"""Messages about beds and slots: ignored, but refused if they name a patient."""
CLINICAL = ("ADT", "BAR")
"""Messages whose death indicator and clinical segments are translated too."""


def is_ours(kind: str) -> bool:
    """Whether a message type (`ADT^A01`) is translated or refused here; other types are only stored and counted."""
    return of_patients(kind) or of_directory(kind)


def of_patients(kind: str) -> bool:
    """Whether messages of this type state facts about patients."""
    return kind.partition("^")[0] in BY_FAMILY and kind not in NO_PATIENT


def of_directory(kind: str) -> bool:
    """Whether messages of this type contain directory entries: staff, places, prices."""
    return kind in master.READS


Places = tuple[tuple[str, tuple[int, ...]], ...]
"""Segments with some of their fields."""
NEEDS: dict[str, Places] = {
    "SIU": (("SCH", (2, 1)),),
    "MDM": (("TXA", (12, 14)),),
    "ORU": (("OBR", (4, 3, 2, 1)),),
    "OUL": (("OBR", (4, 3, 2, 1)),),
    **dict.fromkeys(("ORM", "OML", "OMG", "OMI"), (("ORC", (1, 2, 3)), ("OBR", (4, 3, 2, 1)))),
    **{kind: (("MRG", (1, 4)),) for kind, build in EVENTS.items() if build is merging.merged},
}
"""Fields of which at least one must be filled, by message code or type."""


def needs(kind: str) -> tuple[Places, ...]:
    """Return the required fields of a message type: groups of fields of which at least one must be filled."""
    if of_directory(kind):
        return ((("MFE", (1,)),),)
    if not of_patients(kind):
        return ()
    if kind in BY_HAND:
        return ((("PID", NUMBERS),),)
    more = [NEEDS[name] for name in (kind.partition("^")[0], kind) if name in NEEDS]
    return ((("PID", NUMBERS),), (("MSH", (7,)), ("EVN", (2,))), *more)


def facts(
    site_key: bytes, site: Site, message: Hl7Message, message_id: str, historical: bool = False
) -> list[his.PatientFact]:
    """Return the facts of a message; none if its type is not about patients. Raises `Broken`."""
    kind = message.type
    if kind in NO_PATIENT and message.first("PID"):
        raise Broken(f"{kind} speaks of beds or slots, so what it says of the patient in PID is not told", "MSH", 9)
    if not of_patients(kind):
        return []
    if reason := BY_HAND.get(kind):
        raise Broken(f"{kind} {reason}", "MSH", 9)
    contexts = [MessageContext(site_key, site, message_id, historical, part) for part in message.patients()]
    if not contexts:
        raise Broken("PID-3 holds no patient number: the message has no PID segment", "PID", 3)
    if pair := PAIRS.get(kind):
        return list(pair(contexts))
    family = kind.partition("^")[0]
    build = EVENTS.get(kind) or BY_FAMILY[family]
    translated = [fact for context in contexts for fact in build(context)]
    if family in CLINICAL:
        translated += [fact for context in contexts for fact in adt.died(context)]
        translated += [fact for context in contexts for fact in clinical.known(context)]
    return translated


def entries(site_key: bytes, site: Site, message: Hl7Message, message_id: str) -> list[EntryReport]:
    """Return the directory entries of a message; none if its type has none. Raises `Broken`."""
    context = MessageContext(site_key, site, message_id, False, message)
    return list(master.listed(context)) if of_directory(message.type) else []
