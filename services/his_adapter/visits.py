"""Where a visit stands: its step, and what is said of it beside. And which visit is meant where none is named.

The two have clocks of their own: an update of the ward must not make a discharge late.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

from shared.contracts import his_adapter as his
from shared.contracts.facts import Visit

OPEN = ("admitted", "registered", "open")
STEP, SAID = "visit/", "said/"
_SEP = "\x1f"
_AGAIN = timedelta(days=1)
"""Within it a second discharge without a number means the visit that has just ended."""
Known = Mapping[str, tuple[datetime, str]]
"""What facts are about → since when and how it stands."""


def about(fact: his.VisitFact) -> str:
    """The field group with a clock of its own."""
    return f"{SAID if isinstance(fact, his.VisitUpdated) else STEP}{fact.visit.visit_id}"


def step(fact: his.VisitFact) -> str:
    """The step a visit stands at after the fact; "" where it changes none."""
    match fact:
        case his.PatientAdmitted() | his.PatientTransferred():
            return "admitted"
        case his.VisitRegistered():
            return "registered"
        case his.PatientDischarged():
            return "ended"
        case his.VisitUpdated():
            return ""
        case his.VisitCancelled():
            return "open" if fact.undoes in ("discharge", "transfer") else "cancelled"
        case _:
            assert_never(fact)


def words(visit: Visit, before: str = "") -> str:
    """What is said of a visit beside its step; what is left out stays."""
    kind = visit.patient_class if visit.patient_class != "other" else ""
    told = (kind, visit.department, visit.ward, visit.doctor or visit.doctor_name, "numbered" if visit.number else "")
    known = before.split(_SEP) if before else [""] * len(told)
    return _SEP.join(new.replace(_SEP, " ") or old for new, old in zip(told, known, strict=True))


def has_begun(fact: his.VisitUpdated) -> bool:
    """Whether an update says enough to begin the visit by: its class, and that it began before the update."""
    return fact.visit.patient_class != "other" and fact.at < fact.said


def moves(fact: his.VisitFact, how: str) -> bool:
    """Whether the fact changes the step its visit stands at, or (`VisitUpdated`) what is said of it."""
    match fact:
        case his.PatientAdmitted():
            return how in ("cancelled", "registered")
        case his.PatientDischarged():
            return how != "ended"
        case his.VisitRegistered():
            ambulant = fact.visit.patient_class in ("outpatient", "emergency")
            return how == "cancelled" or (how == "admitted" and ambulant)
        case his.PatientTransferred():
            return how in OPEN
        case his.VisitUpdated():
            return words(fact.visit, how) != how
        case his.VisitCancelled(undoes="discharge"):
            return how == "ended"
        case his.VisitCancelled(undoes="registration"):
            return how != "cancelled"
        case his.VisitCancelled():
            return how in OPEN
        case _:
            assert_never(fact)


def meant(fact: his.VisitFact, known: Known, seen: Iterable[str]) -> his.VisitFact:
    """The fact, of a visit without a number about the one it must mean. `seen` are the marks of facts told before."""
    own = fact.visit.visit_id
    begins = isinstance(fact, his.PatientAdmitted | his.VisitRegistered)
    if fact.visit.number or begins or f"{STEP}{own}" in known:
        return fact
    mark = f"{fact.message_id}/{type(fact).__name__}/{STEP}"
    told = next((each.removeprefix(mark) for each in seen if each.startswith(mark)), "")
    id = told or _open(fact, known) or own
    return fact.model_copy(update={"visit": fact.visit.model_copy(update={"visit_id": id})})


def _open(fact: his.VisitFact, known: Known) -> str:
    """The newest visit without a number, of the same class and begun before, that the step may be of."""
    undone, now = isinstance(fact, his.VisitCancelled) and fact.undoes == "discharge", fact.said
    visits = []
    for name, (at, how) in sorted(known.items(), key=lambda each: each[1]):
        id = name.removeprefix(STEP)
        kind, *_, numbered = known.get(f"{SAID}{id}", (at, _SEP * 4))[1].split(_SEP)
        same = not kind or fact.visit.patient_class in ("other", kind)
        if name.startswith(STEP) and at <= now and same and not numbered:
            visits.append((at, id, how))
    wanted = [id for _, id, how in visits if how in (("ended",) if undone else OPEN)]
    if not wanted and isinstance(fact, his.PatientDischarged):
        wanted = [id for at, id, how in visits if how == "ended" and now - at < _AGAIN]
    return wanted[-1] if wanted else ""
