"""The aggregate of one patient of one hospital system: publishes new facts, drops repeated and late ones. Pure.

Every subject of a fact (a visit, an appointment, a report …; see `things.py`) has its own version clock: the time of
the newest message about it, and digests of the messages of exactly that time. A fact is dropped if its message is older
than the clock, was processed before, or repeats the current state, no matter how often or how late it is sent again.

Two exceptions. **Patient details** are published once per message, as any message may contain something new: the
latest 500 messages of the newest time are remembered. **A visit without a visit number** gets an id from its start
time. A later step without a number is assigned to the newest matching one of the latest 64 such visits; a message that
is sent again is assigned to the same visit as before (remembered for the latest 200 steps).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import cast, get_args

from services.his_adapter.facts import clocks, servers, visits
from services.his_adapter.facts.clocks import Clock, digest_of, name_of
from services.his_adapter.facts.commands import HisCommand, NoteNothing, ReportFact
from services.his_adapter.facts.news import about, died, how_after, moves
from services.his_adapter.facts.state import Patient
from services.his_adapter.facts.status import UNKNOWN, ThingStatus, status_of
from services.his_adapter.facts.things import DEATH, DETAILS, fields_of, step_of
from shared.contracts import his_adapter as his
from shared.contracts.base import changed, model_of, narrowed, retold, stored
from shared.contracts.his_servers import FactHandedOn
from shared.contracts.his_things import Thing
from shared.decider import Decider, Rejection
from shared.definitions import Definitions

MAX_DETAILS_HEARD, MAX_UNNUMBERED, MAX_STEPS = 500, 64, 200


PatientEvent = his.Fact | his.FactConfirmed | FactHandedOn


def decide(command: HisCommand, patient: Patient, definitions: Definitions) -> Sequence[PatientEvent] | Rejection:
    """Publish the fact if it is new, `FactConfirmed` if a newer message repeats the current state, otherwise nothing.

    `FactHandedOn` if the id belongs to another FHIR server's patient. Rejects (`fact-unknown`) an unreadable fact.
    """
    if isinstance(command, NoteNothing):
        return []
    model = model_of(command.fact_type)
    if command.fact is None or model not in get_args(his.Fact):
        return Rejection("fact-unknown", f"{command.fact_type} is no fact his_adapter publishes")
    reported = stored(cast("type[his.Fact]", model), {**command.fact, "at": command.at})
    settled = servers.settled(reported, command.patient_key, patient)
    if settled is None:
        return [_handed_on(command, reported)]
    fact = understood(settled, patient)
    if command.corrects:
        return [fact]
    if _is_processed(fact, patient) or (command.former_id and _is_processed_as(command.former_id, settled, patient)):
        return []
    fact = _as_actual_type(fact, patient)
    clock = patient.clock(fact.patient_key, about(fact))
    if (clock and fact.stated_at < clock.at) or _is_processed(fact, patient) or not _is_applicable(fact, patient):
        return []
    withdrawals = _death_withdrawals(fact, patient)
    if clock is None or moves(fact, clock.how):
        return [fact, *withdrawals]
    if fact.stated_at == clock.at:
        return withdrawals
    confirmed = his.FactConfirmed(
        at=fact.stated_at,
        patient_key=fact.patient_key,
        message_id=fact.message_id,
        about=about(fact),
        fact_type=type(fact).wire,
    )
    return [confirmed, *withdrawals]


def _handed_on(command: ReportFact, fact: his.Fact) -> FactHandedOn:
    """The event that passes the command on to the patient under the fact's own key."""
    return retold(FactHandedOn, command, to_key=fact.patient_key)


def _death_withdrawals(fact: his.Fact, patient: Patient) -> list[his.DeathTakenBack]:
    """Withdraw a death that only this visit's discharge reported, if the discharge is undone or repeated without it."""
    if not isinstance(fact, his.VisitCancelled | his.PatientDischarged):
        return []
    if fact.died if isinstance(fact, his.PatientDischarged) else fact.undoes not in ("discharge", "registration"):
        return []
    clock = patient.clock(fact.patient_key, DEATH)
    if clock is None or clock.how != died(fact.visit.visit_id) or fact.stated_at < clock.at:
        return []
    return [narrowed(his.DeathTakenBack, fact, visit_id=fact.visit.visit_id)]


def understood(fact: his.Fact, patient: Patient) -> his.Fact:
    """Set the visit id of a fact without a visit number to the visit it is assigned to."""
    if not isinstance(fact, his.VisitFact) or fact.visit.number:
        return fact
    assigned = patient.steps.get(digest_of(fact.message_id, type(fact).wire), "")
    id = visits.find_visit(fact, patient.unnumbered, lambda thing: patient.clock(fact.patient_key, thing), assigned)
    return changed(fact, visit=changed(fact.visit, visit_id=id))


def _is_processed_as(former_id: str, fact: his.Fact, patient: Patient) -> bool:
    """Whether the message was processed under the id that older versions gave it."""
    return _is_processed(understood(changed(fact, message_id=former_id), patient), patient)


def _is_processed(fact: his.Fact, patient: Patient) -> bool:
    """Whether this message published or confirmed the fact and is still the newest about its thing."""
    clock, digest = patient.clock(fact.patient_key, about(fact)), digest_of(fact.message_id, type(fact).wire)
    if clock is None or fact.stated_at != clock.at:
        return False
    return digest in patient.details if about(fact) == DETAILS else clock.has_digest(digest)


def _as_actual_type(fact: his.Fact, patient: Patient) -> his.Fact:
    """Change the type of a fact to what it means in the current state.

    Booking a booked appointment moves it; admitting an open visit with other fields updates it; an update of an
    unknown visit that has begun admits or registers it.
    """
    state, model = _state_of(patient, fact, about(fact)), type(fact)
    if isinstance(fact, his.AppointmentBooked) and status_of(state) is ThingStatus.BOOKED:
        model = his.AppointmentMoved
    elif isinstance(fact, his.PatientAdmitted | his.VisitRegistered) and status_of(state) in visits.CURRENT:
        fields = _state_of(patient, fact, fields_of(fact.visit.visit_id))
        if not moves(fact, state) and visits.encoded_fields(fact.visit, fields) != fields:
            model = his.VisitUpdated
    elif (
        isinstance(fact, his.VisitUpdated)
        and visits.has_begun(fact)
        and not _state_of(patient, fact, step_of(fact.visit.visit_id))
    ):
        model = his.PatientAdmitted if fact.visit.patient_class == "inpatient" else his.VisitRegistered
    if model is his.VisitUpdated:  # `at` was the start of the visit; an update happens at the time of its message
        fact = changed(fact, at=fact.stated_at, updated=None)
    return fact if model is type(fact) else narrowed(model, fact)


def _is_applicable(fact: his.Fact, patient: Patient) -> bool:
    """Whether the state has what the fact changes: an update needs an open visit, a withdrawal a reported death.

    A death that a discharge reports is dropped if a newer message about that visit's step was published.
    """
    if isinstance(fact, his.DeathTakenBack):
        return _state_of(patient, fact, DEATH) != b""
    if isinstance(fact, his.PatientDied) and fact.visit_id:
        end = patient.clock(fact.patient_key, step_of(fact.visit_id))
        return end is None or fact.stated_at >= end.at
    if not isinstance(fact, his.VisitUpdated):
        return True
    return status_of(_state_of(patient, fact, step_of(fact.visit.visit_id))) in visits.CURRENT


def _state_of(patient: Patient, fact: his.Fact, thing: Thing) -> bytes:
    """The encoded state of a thing of the fact's patient; empty if no fact about it was published."""
    clock = patient.clock(fact.patient_key, thing)
    return clock.how if clock else b""


def evolve(patient: Patient, event: PatientEvent) -> Patient:
    """Apply an event to the state that `decide` reads: advance the version clock of the event's thing."""
    if isinstance(event, FactHandedOn):
        return patient
    thing = event.about if isinstance(event, his.FactConfirmed) else about(event)
    clock = patient.clock(event.patient_key, thing)
    how = clock.how if clock else b""
    if isinstance(event, his.FactConfirmed):
        digest = digest_of(event.message_id, event.fact_type) if event.fact_type else b""
        return _with_clock(patient, event, thing, _advance(clock, how or UNKNOWN, event.at, digest))
    digest = digest_of(event.message_id, type(event).wire)
    patient = servers.with_teller(patient, event, thing)
    after = _with_clock(patient, event, thing, _advance(clock, how_after(event, how), event.stated_at, digest))
    if isinstance(event, his.PatientDetailsReported):
        same_time = patient.details if clock and clock.at == event.stated_at else ()
        digests = patient.details if clock and clock.at > event.stated_at else (*same_time, digest)[-MAX_DETAILS_HEARD:]
        return changed(after, details=digests)
    if isinstance(event, his.VisitFact) and not isinstance(event, his.VisitUpdated):
        fields_thing = fields_of(event.visit.visit_id)
        fields = patient.clock(event.patient_key, fields_thing)
        words = visits.encoded_fields(event.visit, fields.how if fields else b"")
        after = _with_clock(after, event, fields_thing, _advance(fields, words, event.stated_at, b""))
    return _with_step(after, event, digest) if isinstance(event, his.VisitFact) else after


def _advance(clock: Clock | None, how: bytes, at: datetime, digest: bytes) -> Clock:
    """The clock after an event at `at`; unchanged if the event is older (a replay's correction)."""
    if clock and at < clock.at:
        return clock
    advanced = clock._replace(how=how) if clock and clock.at == at else Clock(at, how)
    return advanced.with_digest(digest) if digest else advanced


def _with_clock(patient: Patient, event: his.Fact | his.FactConfirmed, thing: Thing, clock: Clock) -> Patient:
    things = clocks.put(patient.things, name_of(event.patient_key, thing), clock)
    return changed(patient, things=things)


def _with_step(patient: Patient, event: his.VisitFact, digest: bytes) -> Patient:
    """Remember a visit without a visit number as the newest one, and that the message `digest` was assigned to it."""
    id = event.visit.visit_id
    if event.visit.number or isinstance(event, his.VisitUpdated):
        return patient
    others = tuple(other for other in patient.unnumbered if other != id)
    steps = {**patient.steps, digest: id}
    for oldest in list(steps)[:-MAX_STEPS]:
        del steps[oldest]
    return changed(patient, unnumbered=(*others, id)[-MAX_UNNUMBERED:], steps=steps)


DECIDER = Decider(
    name="his-adapter", initial=Patient, decide=decide, evolve=evolve, state=Patient, state_version=5, remembered=4
)
