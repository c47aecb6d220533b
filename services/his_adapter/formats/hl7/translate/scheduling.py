"""SIU: appointments (HL7 v2 chapter 10)."""

from collections.abc import Callable, Iterable
from datetime import datetime

from services.his_adapter.formats.hl7.message import Broken
from services.his_adapter.formats.hl7.translate.context import MessageContext
from services.his_adapter.formats.hl7.translate.fields import entity, text
from shared.contracts import his_adapter as his
from shared.contracts.facts import Appointment

STARTS = ("SCH-11.4", "TQ1-7", "AIS-4", "AIL-6", "AIP-6", "AIG-8")
"""Fields that may hold the start time, best first."""
Change = type[his.AppointmentBooked | his.AppointmentMoved | his.AppointmentCancelled | his.AppointmentMissed]

STANDS: dict[str, Change] = {"cancelled": his.AppointmentCancelled, "missed": his.AppointmentMissed}
"""Event type by the status in SCH-25, which overrides that of the message event."""


def changed(model: Change) -> Callable[[MessageContext], Iterable[his.PatientFact]]:
    """Return the translation of one SIU event.

    S12 and S13 book or rebook, S14 and similar change, S15 to S17 cancel, S26 reports a no-show.
    """

    def build(c: MessageContext) -> Iterable[his.PatientFact]:
        sch = c.m.first("SCH")
        number = entity(sch, 2) or entity(sch, 1)
        if not number:
            raise Broken("neither SCH-2 nor SCH-1 numbers the appointment", "SCH", 2)
        starts, event_type = _starts(c), STANDS.get(c.means("appointment-status", sch.get(25)), model)
        if model is his.AppointmentMissed:  # S26 always means a no-show, whatever SCH-25 is
            event_type = model
        if starts is None and event_type in (his.AppointmentBooked, his.AppointmentMoved):
            raise Broken("SCH-11.4 does not say when the appointment starts", "SCH", 11)
        department, name = c.department(c.m.get("AIL-3") or c.m.get("PV1-10") or c.m.get("PV1-3"))
        doctor = next(c.m.first("AIP").repetitions(3), None) or next(c.m.first("PV1").repetitions(7), None)
        appointment = Appointment(
            appointment_id=c.key("appointment", number),
            starts=starts,
            department=department,
            department_name=name,
            reason=text(c.m.get("SCH-7.2") or c.m.get("SCH-7") or c.m.get("AIS-3.2")),
            **c.doctor(doctor),
        )
        yield event_type(**c.head(), appointment=appointment)

    return build


def _starts(c: MessageContext) -> datetime | None:
    for path in STARTS:
        if start := c.m.get(path):
            segment, _, field = path.partition("-")
            return c.time(start, segment, int(field.partition(".")[0]))
    return None
