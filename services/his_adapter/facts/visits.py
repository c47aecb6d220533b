"""Where a visit stands: its step, and what is said of it beside. And which visit is meant where none is named.

The two have clocks of their own: an update of the ward must not make a discharge late.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from hashlib import blake2b
from typing import assert_never

from services.his_adapter.facts.clocks import WIDE, Clock
from services.his_adapter.facts.standing import Word, word
from services.his_adapter.facts.things import Thing, said_of, step_of
from shared.contracts import his_adapter as his
from shared.contracts.facts import Visit

OPEN = (Word.ADMITTED, Word.REGISTERED, Word.OPEN)
_AGAIN = timedelta(days=1)
"""Within it a second discharge without a number means the visit that has just ended."""
_CLASSES = ("other", "inpatient", "outpatient", "emergency")
_NUMBERED = 0x80
_UNSAID = bytes(4)


def about(fact: his.VisitFact) -> Thing:
    """The field group with a clock of its own."""
    return (said_of if isinstance(fact, his.VisitUpdated) else step_of)(fact.visit.visit_id)


def step(fact: his.VisitFact) -> Word:
    """The step a visit stands at after the fact; `NOTHING` where it changes none."""
    match fact:
        case his.PatientAdmitted() | his.PatientTransferred():
            return Word.ADMITTED
        case his.VisitRegistered():
            return Word.REGISTERED
        case his.PatientDischarged():
            return Word.ENDED
        case his.VisitUpdated():
            return Word.NOTHING
        case his.VisitCancelled():
            return Word.OPEN if fact.undoes in ("discharge", "transfer") else Word.CANCELLED
        case _:
            assert_never(fact)


def words(visit: Visit, before: bytes = b"") -> bytes:
    """What is said of a visit beside its step, in digests; what is left out stays."""
    known = before if len(before) == WIDE else bytes(WIDE)
    said = (visit.department, visit.ward, visit.doctor or visit.doctor_name)
    told = [blake2b(text.encode(), digest_size=4).digest() if text else _UNSAID for text in said]
    fields = [new if new != _UNSAID else known[at : at + 4] for new, at in zip(told, (1, 5, 9), strict=True)]
    kind = _CLASSES.index(visit.patient_class) or known[0] & ~_NUMBERED
    numbered = _NUMBERED if visit.number else known[0] & _NUMBERED
    return bytes([kind | numbered]) + b"".join(fields)


def has_begun(fact: his.VisitUpdated) -> bool:
    """Whether an update says enough to begin the visit by: its class, and that it began before the update."""
    return fact.visit.patient_class != "other" and fact.at < fact.said


def moves(fact: his.VisitFact, how: bytes) -> bool:
    """Whether the fact changes the step its visit stands at, or (`VisitUpdated`) what is said of it."""
    at = Word.NOTHING if isinstance(fact, his.VisitUpdated) else word(how)
    match fact:
        case his.PatientAdmitted():
            return at in (Word.CANCELLED, Word.REGISTERED)
        case his.PatientDischarged():
            return at is not Word.ENDED
        case his.VisitRegistered():
            ambulant = fact.visit.patient_class in ("outpatient", "emergency")
            return at is Word.CANCELLED or (at is Word.ADMITTED and ambulant)
        case his.PatientTransferred():
            return at in OPEN
        case his.VisitUpdated():
            return words(fact.visit, how) != how
        case his.VisitCancelled(undoes="discharge"):
            return at is Word.ENDED
        case his.VisitCancelled(undoes="registration"):
            return at is not Word.CANCELLED
        case his.VisitCancelled():
            return at in OPEN
        case _:
            assert_never(fact)


def meant(fact: his.VisitFact, unnumbered: Iterable[str], clock: Callable[[Thing], Clock | None], told: str) -> str:
    """The id of the visit that a fact without a number is about.

    `unnumbered` are the visits it may be of, `told` the one this very message was once taken to speak of.
    """
    own = fact.visit.visit_id
    begins = isinstance(fact, his.PatientAdmitted | his.VisitRegistered)
    if begins or clock(step_of(own)):
        return own
    return told or _open(fact, unnumbered, clock) or own


def _open(fact: his.VisitFact, unnumbered: Iterable[str], clock: Callable[[Thing], Clock | None]) -> str:
    """The newest visit without a number, of the same class and begun before, that the step may be of."""
    undone, now = isinstance(fact, his.VisitCancelled) and fact.undoes == "discharge", fact.said
    visits = []
    for id in unnumbered:
        step, said = clock(step_of(id)), clock(said_of(id))
        kind = said.how[0] if said else 0
        same = not kind or fact.visit.patient_class in ("other", _CLASSES[kind & ~_NUMBERED])
        if step and step.at <= now and same and not kind & _NUMBERED:
            visits.append((step.at, id, word(step.how)))
    visits.sort()
    wanted = [id for _, id, how in visits if how in ((Word.ENDED,) if undone else OPEN)]
    if not wanted and isinstance(fact, his.PatientDischarged):
        wanted = [id for at, id, how in visits if how is Word.ENDED and now - at < _AGAIN]
    return wanted[-1] if wanted else ""
