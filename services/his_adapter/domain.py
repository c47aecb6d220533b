"""What one hospital system says about one patient, with repeats, contradictions and late news taken out.

Every thing a fact is about (a visit, an appointment, a report …) has a version clock of its own: the time of the
newest message about it. What is older than that, or says what is known, is no news.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import ClassVar, assert_never, cast, get_args

from services.his_adapter import visits
from services.his_adapter.commands import HisCommand, NoteNothing
from shared.contracts import his_adapter as his
from shared.contracts.base import Part, Personal, model_of
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

REMEMBERED = 500
_FOR_EVER = (visits.STEP, visits.SAID, "death", "details")
_SETTLED = {"preliminary": 0, "final": 1, "corrected": 2, "cancelled": 3}


class Stand(Part):
    """Where something stands, and since when. `how` is sealed where it is stored: it may tell of a critical result."""

    at: datetime
    how: Personal[str] = None


class Patient(Part):
    """`stands` maps what facts are about to where it stands; `seen` are (message, fact) pairs already told.

    `reborn` as of the facts: after an erasure it is sealed with the key of the next life.
    """

    reborn: ClassVar[bool] = True

    stands: dict[str, Stand] = {}
    seen: tuple[str, ...] = ()


Told = his.Fact | his.FactConfirmed


def decide(command: HisCommand, patient: Patient, definitions: Definitions) -> Sequence[Told] | Rejection:
    """A fact once per message, and a step once however often and however late it is said."""
    if isinstance(command, NoteNothing):
        return []
    model = model_of(command.fact_type)
    if command.fact is None or model not in get_args(his.Fact):
        return Rejection("fact-unknown", f"{command.fact_type} is no fact his_adapter publishes")
    told = cast("type[his.Fact]", model).model_validate({**command.fact, "at": command.at})
    fact = understood(told, patient)
    if command.corrects:
        return [fact]
    if _mark(fact) in patient.seen:
        return []
    fact = _named(fact, patient.stands)
    stand = patient.stands.get(about(fact))
    if (stand and fact.said < stand.at) or not _goes_on(fact, patient.stands):
        return []
    if stand is None or _moves(fact, _known(stand)):
        return [fact]
    if fact.said == stand.at:
        return []
    confirmed = his.FactConfirmed(
        at=fact.said, patient_key=fact.patient_key, message_id=fact.message_id, about=about(fact)
    )
    return [confirmed]


def understood(fact: his.Fact, patient: Patient) -> his.Fact:
    """The fact about the visit it must mean, where it names none."""
    if not isinstance(fact, his.VisitFact) or fact.visit.number:
        return fact
    return visits.meant(fact, {name: (s.at, s.how or "") for name, s in patient.stands.items()}, patient.seen)


def _named(fact: his.Fact, stands: dict[str, Stand]) -> his.Fact:
    """What a fact is, whatever its message calls it: a booking of what is booked moves it, an update makes a visit."""
    stand, model = stands.get(about(fact)), type(fact)
    match fact:
        case his.AppointmentBooked() if _known(stand).startswith("booked"):
            model = his.AppointmentMoved
        case his.PatientAdmitted() | his.VisitRegistered() if stand and stand.how in visits.OPEN:
            how = _known(stands.get(f"{visits.SAID}{fact.visit.visit_id}"))
            if not _moves(fact, stand.how) and visits.words(fact.visit, how) != how:
                model = his.VisitUpdated
        case his.VisitUpdated() if f"{visits.STEP}{fact.visit.visit_id}" not in stands and visits.has_begun(fact):
            model = his.PatientAdmitted if fact.visit.patient_class == "inpatient" else his.VisitRegistered
    if model is his.VisitUpdated:  # it says when the visit began, and happened when it was said
        fact = fact.model_copy(update={"at": fact.said, "updated": None})
    known = {name: value for name, value in dict(fact).items() if name in model.model_fields}
    return fact if model is type(fact) else model.model_validate(known)


def _goes_on(fact: his.Fact, stands: dict[str, Stand]) -> bool:
    """Whether there is anything to change: no visit that is over or was never, no death that was never told."""
    if isinstance(fact, his.DeathTakenBack):
        return "death" in stands
    if not isinstance(fact, his.VisitUpdated):
        return True
    return _known(stands.get(f"{visits.STEP}{fact.visit.visit_id}")) in visits.OPEN


def _known(stand: Stand | None) -> str:
    return (stand.how or "") if stand else ""


def about(fact: his.Fact) -> str:
    """What the fact is about: the field group that has a clock of its own."""
    if isinstance(fact, his.VisitFact):
        return visits.about(fact)
    match fact:
        case his.AppointmentBooked() | his.AppointmentMoved() | his.AppointmentCancelled() | his.AppointmentMissed():
            return f"appointment/{fact.appointment.appointment_id}"
        case his.ReportReady():
            return f"report/{fact.report_id}"
        case his.OrderPlaced():
            return f"order/{fact.order_id}"
        case his.ChargePosted():
            return f"charge/{fact.charge_id}"
        case his.DiagnosisRecorded() | his.AllergyRecorded() | his.ProcedureRecorded():
            return f"item/{fact.item_id}"
        case his.CoverageReported():
            return f"coverage/{fact.coverage.coverage_id}"
        case his.RelativeReported():
            return f"relative/{fact.relative.relation_id}"
        case his.CommunicationRecorded():
            return f"communication/{fact.exchange.exchange_id}"
        case his.PatientsLinked() | his.PatientsUnlinked():
            return f"link/{'/'.join(sorted(other.key for other in fact.others))}"
        case his.PatientDetailsReported():
            return "details"
        case his.PatientDied() | his.DeathTakenBack():
            return "death"
        case his.WaitingTimeObserved():
            return f"waiting/{fact.queue}/{fact.ticket}/{fact.stage}"
        case _:
            assert_never(fact)


def _how(fact: his.Fact, how: str = "") -> str:
    """Where the thing stands after the fact, before which it stood at `how`."""
    if isinstance(fact, his.VisitFact):
        return visits.step(fact) or visits.words(fact.visit, how)
    match fact:
        case his.AppointmentBooked() | his.AppointmentMoved():
            booked = fact.appointment
            return f"booked {booked.starts and booked.starts.astimezone(UTC)} {booked.department} {booked.doctor}"
        case his.AppointmentCancelled() | his.AppointmentMissed():
            return "cancelled" if isinstance(fact, his.AppointmentCancelled) else "missed"
        case his.ReportReady():
            return f"{fact.status} {fact.abnormal} {fact.critical}"
        case his.DiagnosisRecorded() | his.AllergyRecorded() | his.ProcedureRecorded():
            return fact.status
        case his.OrderPlaced():
            return f"{fact.status} {fact.scheduled}"
        case his.ChargePosted():
            return f"{fact.amount} {fact.currency}"
        case his.CoverageReported():
            return fact.coverage.model_dump_json(exclude={"number"})
        case his.RelativeReported():
            return fact.relative.model_dump_json()
        case his.CommunicationRecorded():
            return fact.exchange.status
        case his.PatientsLinked() | his.PatientsUnlinked():
            return "one" if isinstance(fact, his.PatientsLinked) else "two"
        case his.PatientDied() | his.DeathTakenBack():
            return "dead" if isinstance(fact, his.PatientDied) else "lives"
        case his.WaitingTimeObserved():
            return str(fact.seconds)
        case his.PatientDetailsReported():
            return "told"
        case _:
            assert_never(fact)


def _moves(fact: his.Fact, how: str) -> bool:
    """Whether the fact changes where its thing stands."""
    if isinstance(fact, his.VisitFact):
        return visits.moves(fact, how)
    match fact:
        case his.AppointmentMoved():
            return how.startswith("booked") and _how(fact) != how
        case his.ReportReady():
            settled = _SETTLED[fact.status] - _SETTLED.get(how.partition(" ")[0], -1)
            return fact.status == "corrected" or settled > 0 or (settled == 0 and _how(fact) != how)
        case his.PatientDetailsReported():  # told again, it may say something new
            return True
        case _:
            return _how(fact) != how


def _mark(fact: his.Fact) -> str:
    return f"{fact.message_id}/{type(fact).__name__}/{about(fact)}"


def evolve(patient: Patient, event: Told) -> Patient:
    """Follow what everything stands at; of all but visits, death and details the longest unspoken of is forgotten."""
    thing = event.about if isinstance(event, his.FactConfirmed) else about(event)
    stands = dict(patient.stands)
    known = stands.pop(thing, None)
    if isinstance(event, his.FactConfirmed):
        stands[thing] = Stand(how=known.how if known else None, at=event.at)
        return patient.model_copy(update={"stands": stands})
    stands[thing] = _later(known, _how(event, _known(known)), event)
    if isinstance(event, his.VisitFact) and not isinstance(event, his.VisitUpdated):
        place = f"{visits.SAID}{event.visit.visit_id}"
        was = stands.pop(place, None)
        stands[place] = _later(was, visits.words(event.visit, _known(was)), event)
    for forgotten in [name for name in stands if not name.startswith(_FOR_EVER)][:-REMEMBERED]:
        del stands[forgotten]
    return Patient(stands=stands, seen=(*patient.seen, _mark(event))[-REMEMBERED:])


def _later(known: Stand | None, how: str, event: his.Fact) -> Stand:
    """Where a thing stands after an event, which may be a correction of what is past."""
    return known if known and event.said < known.at else Stand(how=how, at=event.said)


DECIDER = Decider(service="his-adapter", initial=Patient, decide=decide, evolve=evolve, state=Patient, state_version=3)
