"""What one hospital system says about one patient, with repeats, contradictions and late news taken out.

Every thing a fact is about (a visit, an appointment, a report …) has a version clock of its own: the time of the
newest message about it, and which messages of that very time were heard. What is older than that, was heard, or says
what is known, is no news, however long ago and however much of it is sent again.

Two things have rules of their own. **Details** are told once per message, as each may say something new: messages of
the newest time are remembered, the latest 500. **A visit without a number** is named by when it began; a later step of
it is of the newest of 64 such visits that it may be of, and a message that is sent again is of the visit it was once
taken to speak of, for the latest 200 steps.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self, cast, get_args

from pydantic import Field

from services.his_adapter.facts import clocks, servers, visits
from services.his_adapter.facts.clocks import Bucket, Clock, mark_of, name_of
from services.his_adapter.facts.commands import HisCommand, NoteNothing, ReportFact
from services.his_adapter.facts.news import about, died, how_after, moves
from services.his_adapter.facts.standing import UNKNOWN, Word, word
from services.his_adapter.facts.things import DEATH, DETAILS, Thing, said_of, step_of
from shared.contracts import his_adapter as his
from shared.contracts.base import Part, changed, model_of, narrowed, retold, stored
from shared.contracts.his_servers import FactHandedOn
from shared.decider import Decider, Parted, Rejection
from shared.definitions import Definitions

DETAILS_HEARD, UNNUMBERED, STEPS = 500, 64, 200


class Patient(Parted):
    """`things` are the clocks of what facts are about. `details` are the messages of the newest details.

    `unnumbered` are visits without a number, the newest last; `steps` say which of them a message spoke of. `giver` is
    the FHIR server that told of this patient first; `tellers` are others that told a thing by its older name first.
    `reborn` as of the facts: after an erasure it is sealed with the key of the next life.
    """

    part: ClassVar[type[Part]] = Bucket

    reborn: ClassVar[bool] = True

    things: Mapping[str, bytes] = Field(default={}, exclude=True)
    details: tuple[str, ...] = ()
    unnumbered: tuple[str, ...] = ()
    steps: Mapping[str, str] = {}
    giver: str = ""
    tellers: Mapping[str, str] = {}

    def clock(self, patient_key: str, thing: Thing) -> Clock | None:
        """The clock of a thing."""
        return clocks.find(self.things, name_of(patient_key, thing))

    def parts(self) -> Mapping[str, Any]:
        """The buckets of clocks."""
        return self.things

    @staticmethod
    def stored(part: Any) -> Part:
        """One bucket."""
        return clocks.stored(part)

    def joined(self, parts: Mapping[str, Part]) -> Self:
        """With the buckets put back."""
        things = {name: clocks.restored(cast("Bucket", part)) for name, part in parts.items()}
        return changed(self, things=things)


Told = his.Fact | his.FactConfirmed | FactHandedOn


def decide(command: HisCommand, patient: Patient, definitions: Definitions) -> Sequence[Told] | Rejection:
    """A fact once per message, and a step once however often and however late it is said."""
    if isinstance(command, NoteNothing):
        return []
    model = model_of(command.fact_type)
    if command.fact is None or model not in get_args(his.Fact):
        return Rejection("fact-unknown", f"{command.fact_type} is no fact his_adapter publishes")
    told = stored(cast("type[his.Fact]", model), {**command.fact, "at": command.at})
    known = servers.settled(told, command.patient_key, patient)
    if known is None:
        return [_handed_on(command, told)]
    fact = understood(known, patient)
    if command.corrects:
        return [fact]
    if _heard(fact, patient) or (command.former_id and _heard_as(command.former_id, known, patient)):
        return []
    fact = _named(fact, patient)
    clock = patient.clock(fact.patient_key, about(fact))
    if (clock and fact.said < clock.at) or _heard(fact, patient) or not _goes_on(fact, patient):
        return []
    back = _lives(fact, patient)
    if clock is None or moves(fact, clock.how):
        return [fact, *back]
    if fact.said == clock.at:
        return back
    confirmed = his.FactConfirmed(
        at=fact.said,
        patient_key=fact.patient_key,
        message_id=fact.message_id,
        about=str(about(fact)),
        fact_type=type(fact).wire,
    )
    return [confirmed, *back]


def _handed_on(command: ReportFact, fact: his.Fact) -> FactHandedOn:
    """It is another server's patient."""
    return retold(FactHandedOn, command, to_key=fact.patient_key)


def _lives(fact: his.Fact, patient: Patient) -> list[his.DeathTakenBack]:
    """A death that the end of a stay told alone goes where that end is undone, or told without it."""
    if not isinstance(fact, his.VisitCancelled | his.PatientDischarged):
        return []
    if fact.died if isinstance(fact, his.PatientDischarged) else fact.undoes not in ("discharge", "registration"):
        return []
    clock = patient.clock(fact.patient_key, DEATH)
    if clock is None or clock.how != died(fact.visit.visit_id) or fact.said < clock.at:
        return []
    return [narrowed(his.DeathTakenBack, fact, visit_id=fact.visit.visit_id)]


def understood(fact: his.Fact, patient: Patient) -> his.Fact:
    """The fact about the visit it must mean, where it names none."""
    if not isinstance(fact, his.VisitFact) or fact.visit.number:
        return fact
    told = patient.steps.get(mark_of(fact.message_id, type(fact).wire).hex(), "")
    id = visits.meant(fact, patient.unnumbered, lambda thing: patient.clock(fact.patient_key, thing), told)
    return changed(fact, visit=changed(fact.visit, visit_id=id))


def _heard_as(former_id: str, fact: his.Fact, patient: Patient) -> bool:
    """Whether the message was heard under the id that older versions gave it."""
    return _heard(understood(changed(fact, message_id=former_id), patient), patient)


def _heard(fact: his.Fact, patient: Patient) -> bool:
    """Whether this message told or confirmed the fact, and nothing newer was said since."""
    clock, mark = patient.clock(fact.patient_key, about(fact)), mark_of(fact.message_id, type(fact).wire)
    if clock is None or fact.said != clock.at:
        return False
    return mark.hex() in patient.details if about(fact) == DETAILS else clock.heard(mark)


def _named(fact: his.Fact, patient: Patient) -> his.Fact:
    """What a fact is, whatever its message calls it: a booking of what is booked moves it, an update makes a visit."""
    stands, model = _stands(patient, fact, about(fact)), type(fact)
    if isinstance(fact, his.AppointmentBooked) and word(stands) is Word.BOOKED:
        model = his.AppointmentMoved
    elif isinstance(fact, his.PatientAdmitted | his.VisitRegistered) and word(stands) in visits.OPEN:
        how = _stands(patient, fact, said_of(fact.visit.visit_id))
        if not moves(fact, stands) and visits.words(fact.visit, how) != how:
            model = his.VisitUpdated
    elif (
        isinstance(fact, his.VisitUpdated)
        and visits.has_begun(fact)
        and not _stands(patient, fact, step_of(fact.visit.visit_id))
    ):
        model = his.PatientAdmitted if fact.visit.patient_class == "inpatient" else his.VisitRegistered
    if model is his.VisitUpdated:  # it says when the visit began, and happened when it was said
        fact = changed(fact, at=fact.said, updated=None)
    return fact if model is type(fact) else narrowed(model, fact)


def _goes_on(fact: his.Fact, patient: Patient) -> bool:
    """Whether there is anything to change: no visit that is over or was never, no death that was never told.

    What the end of a stay says of a death is as old as what is known of that end.
    """
    if isinstance(fact, his.DeathTakenBack):
        return _stands(patient, fact, DEATH) != b""
    if isinstance(fact, his.PatientDied) and fact.visit_id:
        end = patient.clock(fact.patient_key, step_of(fact.visit_id))
        return end is None or fact.said >= end.at
    if not isinstance(fact, his.VisitUpdated):
        return True
    return word(_stands(patient, fact, step_of(fact.visit.visit_id))) in visits.OPEN


def _stands(patient: Patient, fact: his.Fact, thing: Thing) -> bytes:
    """Where a thing of the fact's patient stands; empty where nothing was ever said of it."""
    clock = patient.clock(fact.patient_key, thing)
    return clock.how if clock else b""


def evolve(patient: Patient, event: Told) -> Patient:
    """Follow what everything stands at."""
    if isinstance(event, FactHandedOn):
        return patient
    thing = Thing.of(event.about) if isinstance(event, his.FactConfirmed) else about(event)
    known = patient.clock(event.patient_key, thing)
    if isinstance(event, his.FactConfirmed):
        how, at = known.how if known else UNKNOWN, event.at
        later = _later(known, how, at, mark_of(event.message_id, event.fact_type) if event.fact_type else b"")
        return _with(patient, event, thing, later)
    mark = mark_of(event.message_id, type(event).wire)
    patient = servers.with_teller(patient, event, thing)
    after = _with(patient, event, thing, _later(known, how_after(event, known.how if known else b""), event.said, mark))
    if isinstance(event, his.PatientDetailsReported):
        same = patient.details if known and known.at == event.said else ()
        heard = patient.details if known and known.at > event.said else (*same, mark.hex())[-DETAILS_HEARD:]
        return changed(after, details=heard)
    if isinstance(event, his.VisitFact) and not isinstance(event, his.VisitUpdated):
        place = said_of(event.visit.visit_id)
        was = patient.clock(event.patient_key, place)
        said = visits.words(event.visit, was.how if was else b"")
        after = _with(after, event, place, _later(was, said, event.said, b""))
    return _followed(after, event, mark) if isinstance(event, his.VisitFact) else after


def _later(known: Clock | None, how: bytes, at: datetime, mark: bytes) -> Clock:
    """The clock after an event, which may be a correction of what is past."""
    if known and at < known.at:
        return known
    clock = known._replace(how=how) if known and known.at == at else Clock(at, how)
    return clock.hearing(mark) if mark else clock


def _with(patient: Patient, event: his.Fact | his.FactConfirmed, thing: Thing, clock: Clock) -> Patient:
    things = clocks.put(patient.things, name_of(event.patient_key, thing), clock)
    return changed(patient, things=things)


def _followed(patient: Patient, event: his.VisitFact, mark: bytes) -> Patient:
    """Which visits have no number, and which of them a message spoke of."""
    id = event.visit.visit_id
    if event.visit.number or isinstance(event, his.VisitUpdated):
        return patient
    others = tuple(each for each in patient.unnumbered if each != id)
    steps = {**patient.steps, mark.hex(): id}
    for forgotten in list(steps)[:-STEPS]:
        del steps[forgotten]
    return changed(patient, unnumbered=(*others, id)[-UNNUMBERED:], steps=steps)


DECIDER = Decider(
    name="his-adapter", initial=Patient, decide=decide, evolve=evolve, state=Patient, state_version=5, remembered=4
)
