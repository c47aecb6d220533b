"""Where a visit stands: its step, and what is said of it beside. And which visit is meant where none is named."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

from shared.contracts import his_adapter as his
from shared.contracts.facts import Visit

OPEN = ("admitted", "registered", "open")
ABOUT = "visit/"
_SEP = "\x1f"
_AGAIN = timedelta(days=1)
"""Within it a second discharge without a number means the visit that has just ended."""


def step(how: str) -> str:
    """The step a visit stands at."""
    return how.partition(_SEP)[0]


def after(fact: his.VisitFact, how: str) -> str:
    """Where a visit stands after the fact, before which it stood at `how`. What the fact leaves out stays."""
    visit = fact.visit
    said = [visit.patient_class if visit.patient_class != "other" else "", visit.department, visit.ward, visit.doctor]
    known = how.split(_SEP)[1:] or [""] * len(said)
    return _SEP.join([_step(fact, how), *(new or old for new, old in zip(said, known, strict=True))])


def _step(fact: his.VisitFact, how: str) -> str:
    match fact:
        case his.PatientAdmitted() | his.PatientTransferred():
            return "admitted"
        case his.VisitRegistered():
            return "registered"
        case his.PatientDischarged():
            return "ended"
        case his.VisitUpdated():
            return step(how)
        case his.VisitCancelled():
            return "open" if fact.undoes in ("discharge", "transfer") else "cancelled"
        case _:
            assert_never(fact)


def moves(fact: his.VisitFact, how: str) -> bool:
    """Whether the fact changes where its visit stands."""
    stands = step(how)
    match fact:
        case his.PatientAdmitted():
            return stands in ("cancelled", "registered")
        case his.PatientDischarged():
            return stands != "ended"
        case his.VisitRegistered():
            ambulant = fact.visit.patient_class in ("outpatient", "emergency")
            return stands == "cancelled" or (stands == "admitted" and ambulant)
        case his.PatientTransferred():
            return stands in OPEN
        case his.VisitUpdated():
            return stands in OPEN and after(fact, how) != how
        case his.VisitCancelled(undoes="discharge"):
            return stands == "ended"
        case his.VisitCancelled(undoes="registration"):
            return stands != "cancelled"
        case his.VisitCancelled():
            return stands in OPEN
        case _:
            assert_never(fact)


def meant(fact: his.VisitFact, known: Mapping[str, tuple[datetime, str]], seen: Iterable[str]) -> str:
    """The id of the visit without a number that a fact is about: its own, or the one it must mean.

    `known` maps what facts are about to since when and how it stands, `seen` are the marks of facts told before.
    """
    own = fact.visit.visit_id
    if f"{ABOUT}{own}" in known or isinstance(fact, his.PatientAdmitted | his.VisitRegistered):
        return own
    mark = f"{fact.message_id}/{type(fact).__name__}/{ABOUT}"
    if told := next((each.removeprefix(mark) for each in seen if each.startswith(mark)), ""):
        return told
    undone, said = isinstance(fact, his.VisitCancelled) and fact.undoes == "discharge", fact.updated or fact.at
    begun = [(at, name, how) for name, (at, how) in known.items() if name.startswith(ABOUT) and at <= said]
    visits = sorted((at, name.removeprefix(ABOUT), step(how)) for at, name, how in begun)
    wanted = [id for _, id, stands in visits if stands in (("ended",) if undone else OPEN)]
    if not wanted and isinstance(fact, his.PatientDischarged):
        wanted = [id for at, id, stands in visits if stands == "ended" and said - at < _AGAIN]
    return wanted[-1] if wanted else own


def named(fact: his.VisitFact, id: str) -> his.VisitFact:
    """The fact about that visit."""
    same = fact.visit.visit_id == id
    return fact if same else fact.model_copy(update={"visit": Visit(**{**dict(fact.visit), "visit_id": id})})
