"""State of a visit: its step (admitted, ended, …) and its other fields, each with its own version clock.

Two clocks, so that a newer update of the ward does not make a discharge late. `find_visit` assigns a fact without a
visit number to a visit.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from hashlib import blake2b
from typing import assert_never

from services.his_adapter.facts.clocks import WIDE, Clock
from services.his_adapter.facts.status import ThingStatus, status_of
from services.his_adapter.facts.things import fields_of, step_of
from shared.contracts import his_adapter as his
from shared.contracts.facts import Visit
from shared.contracts.his_things import Thing

CURRENT = (ThingStatus.ADMITTED, ThingStatus.REGISTERED, ThingStatus.OPEN)
_REPEAT_WINDOW = timedelta(days=1)
"""A second discharge without a visit number within this time belongs to the visit that has just ended.

No field of a definition: the decider does not know by which site a message was read, and a replay must assign a message
to the visit that it was assigned to before.
"""
_CLASSES = ("other", "inpatient", "outpatient", "emergency")
_NUMBERED = 0x80
_EMPTY = bytes(4)


def about(fact: his.VisitFact) -> Thing:
    """The thing whose version clock the fact advances: the visit's other fields for an update, else its step."""
    return (fields_of if isinstance(fact, his.VisitUpdated) else step_of)(fact.visit.visit_id)


def step(fact: his.VisitFact) -> ThingStatus:
    """The step of the visit after the fact; `NOTHING` if the fact does not change the step."""
    match fact:
        case his.PatientAdmitted() | his.PatientTransferred():
            return ThingStatus.ADMITTED
        case his.VisitRegistered():
            return ThingStatus.REGISTERED
        case his.PatientDischarged():
            return ThingStatus.ENDED
        case his.VisitUpdated():
            return ThingStatus.NOTHING
        case his.VisitCancelled():
            return ThingStatus.OPEN if fact.undoes in ("discharge", "transfer") else ThingStatus.CANCELLED
        case _:
            assert_never(fact)


def encoded_fields(visit: Visit, before: bytes = b"") -> bytes:
    """Encode a visit's other fields in `WIDE` bytes; fields that `visit` leaves empty keep the value of `before`.

    Byte 0: patient class, and the bit `_NUMBERED` if the visit has a visit number. Then four-byte digests of
    department, ward and doctor (zeros if empty).
    """
    previous = before if len(before) == WIDE else bytes(WIDE)
    texts = (visit.department, visit.ward, visit.doctor or visit.doctor_name)
    digests = [blake2b(text.encode(), digest_size=4).digest() if text else _EMPTY for text in texts]
    fields = [new if new != _EMPTY else previous[at : at + 4] for new, at in zip(digests, (1, 5, 9), strict=True)]
    kind = _CLASSES.index(visit.patient_class) or previous[0] & ~_NUMBERED
    numbered = _NUMBERED if visit.number else previous[0] & _NUMBERED
    return bytes([kind | numbered]) + b"".join(fields)


def has_begun(fact: his.VisitUpdated) -> bool:
    """Whether an update can admit or register the visit: it has a patient class and started before the message."""
    return fact.visit.patient_class != "other" and fact.at < fact.stated_at


def moves(fact: his.VisitFact, how: bytes) -> bool:
    """Whether the fact changes the step of its visit, or for `VisitUpdated` the other fields. `how`: state before."""
    at = ThingStatus.NOTHING if isinstance(fact, his.VisitUpdated) else status_of(how)
    match fact:
        case his.PatientAdmitted():
            return at in (ThingStatus.CANCELLED, ThingStatus.REGISTERED)
        case his.PatientDischarged():
            return at is not ThingStatus.ENDED
        case his.VisitRegistered():
            ambulant = fact.visit.patient_class in ("outpatient", "emergency")
            return at is ThingStatus.CANCELLED or (at is ThingStatus.ADMITTED and ambulant)
        case his.PatientTransferred():
            return at in CURRENT
        case his.VisitUpdated():
            return encoded_fields(fact.visit, how) != how
        case his.VisitCancelled(undoes="discharge"):
            return at is ThingStatus.ENDED
        case his.VisitCancelled(undoes="registration"):
            return at is not ThingStatus.CANCELLED
        case his.VisitCancelled():
            return at in CURRENT
        case _:
            assert_never(fact)


def find_visit(
    fact: his.VisitFact, unnumbered: Iterable[str], clock: Callable[[Thing], Clock | None], assigned: str
) -> str:
    """The id of the visit that a fact without a visit number belongs to.

    `unnumbered`: ids of the candidate visits. `assigned`: the visit that this message was assigned to before, or "".
    """
    own = fact.visit.visit_id
    begins = isinstance(fact, his.PatientAdmitted | his.VisitRegistered)
    if begins or clock(step_of(own)):
        return own
    return assigned or _newest_matching(fact, unnumbered, clock) or own


def _newest_matching(fact: his.VisitFact, unnumbered: Iterable[str], clock: Callable[[Thing], Clock | None]) -> str:
    """The newest visit without a visit number that fits: same patient class, no newer step, open (or just ended).

    Undoing a discharge needs an ended visit. "" if none fits.
    """
    undone, now = isinstance(fact, his.VisitCancelled) and fact.undoes == "discharge", fact.stated_at
    visits = []
    for id in unnumbered:
        step, fields = clock(step_of(id)), clock(fields_of(id))
        kind = fields.how[0] if fields else 0
        same_class = not kind or fact.visit.patient_class in ("other", _CLASSES[kind & ~_NUMBERED])
        if step and step.at <= now and same_class and not kind & _NUMBERED:
            visits.append((step.at, id, status_of(step.how)))
    visits.sort()
    matching = [id for _, id, status in visits if status in ((ThingStatus.ENDED,) if undone else CURRENT)]
    if not matching and isinstance(fact, his.PatientDischarged):
        matching = [id for at, id, status in visits if status is ThingStatus.ENDED and now - at < _REPEAT_WINDOW]
    return matching[-1] if matching else ""
