"""What one hospital system says about one patient, with repeats and contradictions taken out."""

from collections.abc import Sequence
from typing import assert_never, cast, get_args

from services.his_adapter.commands import HisCommand
from shared.contracts import his_adapter as his
from shared.contracts.base import Part, model_of
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

REMEMBERED = 500


class Patient(Part):
    """`visits` maps visit to where it stands; `seen` are (message, fact) pairs already told."""

    visits: dict[str, str] = {}
    seen: tuple[str, ...] = ()


def decide(command: HisCommand, patient: Patient, definitions: Definitions) -> Sequence[his.Fact] | Rejection:
    """A fact once per message, and a visit's step once however often it is said."""
    model = model_of(command.fact_type)
    if command.fact is None or model not in get_args(his.Fact):
        return Rejection("fact-unknown", f"{command.fact_type} is no fact his_adapter publishes")
    fact = cast("type[his.Fact]", model).model_validate({**command.fact, "at": command.at})
    if _mark(fact) in patient.seen or (isinstance(fact, his.VisitFact) and _stands(fact, patient)):
        return []
    return [fact]


def _stands(fact: his.VisitFact, patient: Patient) -> bool:
    """Whether the visit already is where the fact brings it."""
    match fact:
        case his.PatientAdmitted() | his.VisitRegistered():
            return patient.visits.get(fact.visit.visit_id) in ("open", "ended")
        case his.PatientDischarged():
            return patient.visits.get(fact.visit.visit_id) == "ended"
        case his.VisitCancelled():
            wanted = "ended" if fact.undoes == "discharge" else "open"
            return patient.visits.get(fact.visit.visit_id) not in (wanted, None)
        case his.PatientTransferred():
            return False
        case _:
            assert_never(fact)


def _mark(fact: his.Fact) -> str:
    return f"{fact.message_id}/{type(fact).__name__}"


def evolve(patient: Patient, event: his.Fact) -> Patient:
    """Follow the visits."""
    visits = {**patient.visits, **(_step(event) if isinstance(event, his.VisitFact) else {})}
    return Patient(visits=visits, seen=(*patient.seen, _mark(event))[-REMEMBERED:])


def _step(event: his.VisitFact) -> dict[str, str]:
    """Where the visit stands after it."""
    match event:
        case his.PatientAdmitted() | his.VisitRegistered() | his.PatientTransferred():
            stands = "open"
        case his.PatientDischarged():
            stands = "ended"
        case his.VisitCancelled():
            stands = "open" if event.undoes in ("discharge", "transfer") else "cancelled"
        case _:
            assert_never(event)
    return {event.visit.visit_id: stands}


DECIDER = Decider(service="his-adapter", initial=Patient, decide=decide, evolve=evolve, state=Patient)
