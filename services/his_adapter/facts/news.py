"""The thing a fact is about, the state of that thing after the fact, and whether the fact changes it."""

from datetime import UTC
from typing import assert_never

from services.his_adapter.facts import visits
from services.his_adapter.facts.status import ThingStatus, encoded, status_of
from services.his_adapter.facts.things import DEATH, DETAILS
from shared.contracts import his_adapter as his
from shared.contracts.facts import SERVER_ID, has_kind
from shared.contracts.his_things import Kind, Thing

_STATUS_ORDER = {ThingStatus.PRELIMINARY: 0, ThingStatus.FINAL: 1, ThingStatus.CORRECTED: 2, ThingStatus.CANCELLED: 3}


def about(fact: his.Fact) -> Thing:
    """The thing whose version clock the fact advances."""
    if isinstance(fact, his.VisitFact):
        return visits.about(fact)
    match fact:
        case his.AppointmentBooked() | his.AppointmentMoved() | his.AppointmentCancelled() | his.AppointmentMissed():
            return Thing(Kind.APPOINTMENT, fact.appointment.appointment_id)
        case his.ReportReady():
            return Thing(Kind.REPORT, fact.report_id)
        case his.OrderPlaced():
            return Thing(Kind.ORDER, fact.order_id)
        case his.ChargePosted():
            return Thing(Kind.CHARGE, fact.charge_id)
        case his.DiagnosisRecorded() | his.AllergyRecorded() | his.ProcedureRecorded():
            return Thing(Kind.ITEM, fact.item_id)
        case his.CoverageReported():
            return Thing(Kind.COVERAGE, fact.coverage.coverage_id)
        case his.RelativeReported():
            return Thing(Kind.RELATIVE, fact.relative.relation_id)
        case his.CommunicationRecorded():
            return Thing(Kind.COMMUNICATION, fact.exchange.exchange_id)
        case his.PatientsLinked() | his.PatientsUnlinked():
            others = (other for other in fact.others if not has_kind(other.system, SERVER_ID))
            return Thing(Kind.LINK, "/".join(sorted(other.key for other in others)))
        case his.PatientDetailsReported():
            return DETAILS
        case his.PatientDied() | his.DeathTakenBack():
            return DEATH
        case his.WaitingTimeObserved():
            return Thing(Kind.WAITING, f"{fact.queue}/{fact.ticket}/{fact.stage}")
        case _:
            assert_never(fact)


def how_after(fact: his.Fact, how: bytes = b"") -> bytes:
    """The encoded state of the fact's thing after the fact. `how`: the state before."""
    if isinstance(fact, his.VisitFact):
        step = visits.step(fact)
        return encoded(step) if step else visits.encoded_fields(fact.visit, how)
    match fact:
        case his.AppointmentBooked() | his.AppointmentMoved():
            booked = fact.appointment
            starts = booked.starts and booked.starts.astimezone(UTC)
            return encoded(ThingStatus.BOOKED, f"{starts} {booked.department} {booked.doctor}")
        case his.AppointmentCancelled() | his.AppointmentMissed():
            return encoded(ThingStatus.CANCELLED if isinstance(fact, his.AppointmentCancelled) else ThingStatus.MISSED)
        case his.ReportReady():
            return encoded(ThingStatus(fact.status), f"{fact.abnormal} {fact.critical}")
        case his.DiagnosisRecorded() | his.AllergyRecorded() | his.ProcedureRecorded():
            return _digest_of(fact.status)
        case his.OrderPlaced():
            return _digest_of(f"{fact.status} {fact.scheduled}")
        case his.ChargePosted():
            return _digest_of(f"{fact.amount} {fact.currency}")
        case his.CoverageReported():
            return _digest_of(fact.coverage.model_dump_json(exclude={"number"}))
        case his.RelativeReported():
            return _digest_of(fact.relative.model_dump_json())
        case his.CommunicationRecorded():
            return _digest_of(fact.exchange.status)
        case his.PatientsLinked() | his.PatientsUnlinked():
            return _digest_of("one" if isinstance(fact, his.PatientsLinked) else "two")
        case his.PatientDied() | his.DeathTakenBack():
            return died(fact.visit_id) if isinstance(fact, his.PatientDied) else _digest_of("lives")
        case his.WaitingTimeObserved():
            return _digest_of(str(fact.seconds))
        case his.PatientDetailsReported():
            return _digest_of("told")
        case _:
            assert_never(fact)


def died(visit_id: str = "") -> bytes:
    """The encoded state of a death: reported as such, or only by the discharge of the visit `visit_id`."""
    return _digest_of(f"dead {visit_id}".strip())


def _digest_of(text: str) -> bytes:
    return encoded(ThingStatus.STANDS, text)


def moves(fact: his.Fact, how: bytes) -> bool:
    """Whether the fact changes the state `how` of its thing."""
    if isinstance(fact, his.VisitFact):
        return visits.moves(fact, how)
    match fact:
        case his.AppointmentMoved():
            return status_of(how) is ThingStatus.BOOKED and how_after(fact) != how
        case his.ReportReady():
            progress = _STATUS_ORDER[ThingStatus(fact.status)] - _STATUS_ORDER.get(status_of(how), -1)
            return fact.status == "corrected" or progress > 0 or (progress == 0 and how_after(fact) != how)
        case his.PatientDied() if fact.visit_id:
            return how not in (died(), how_after(fact))
        case his.PatientDetailsReported():  # every message may contain something new
            return True
        case _:
            return how_after(fact) != how
