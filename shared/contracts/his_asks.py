"""What his_adapter's requests ask of hospital systems: an action about one patient.

Terms are those of HL7 v2 chapter 10 (scheduling: placer, filler), and of FHIR where HL7 v2 has none.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.base import Moment, Part, Personal
from shared.contracts.facts import Coded

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Subject(Part):
    """The patient as the hospital system knows them: a number, its kind (table 0203) and its issuer (CX-4).

    The system checks name and birth date to verify the patient.
    """

    number: Personal[ShortText] = None
    kind: str = "MR"
    authority: str = ""
    name: Personal[ShortText] = None
    birth_date: Personal[date] = None
    sex: Personal[Literal["male", "female", "other", "unknown"]] = None
    phone: Personal[ShortText] = None


class Slot(Part):
    """A time that can be booked (FHIR Slot). `slot_id`: the filler's id, if it has one."""

    starts: Moment
    minutes: int = Field(0, ge=0, le=24 * 60)
    department: str = ""
    doctor: str = ""
    doctor_name: str = ""
    slot_id: str = ""


class Booked(Part):
    """An appointment with both numbers: `filler` is the hospital's number, `placer` the id of our request."""

    filler: Personal[ShortText] = None
    placer: str = ""


class Booking(Part):
    """Book an appointment."""

    action: Literal["book"]
    slot: Slot
    reason: Personal[ShortText] = None


class Moving(Part):
    """Move an appointment to another time."""

    action: Literal["move"]
    appointment: Booked
    slot: Slot


class Cancelling(Part):
    """Cancel an appointment."""

    action: Literal["cancel"]
    appointment: Booked
    reason: Personal[ShortText] = None


class Registering(Part):
    """Register a patient for today's clinic; the hospital answers with the number in the queue."""

    action: Literal["register"]
    department: ShortText
    doctor: str = ""
    reason: Personal[ShortText] = None


class BedAsked(Part):
    """Request a bed."""

    action: Literal["bed"]
    department: ShortText
    wanted: date
    accommodation: str = ""
    diagnosis: Coded = Coded()


class BillAsked(Part):
    """Request the bill of a visit (`visit`: the hospital's number), or of everything open if it is empty."""

    action: Literal["bill"]
    visit: Personal[ShortText] = None


class Observation(Part):
    """One finding (FHIR Observation): a code with its text, a value with its unit."""

    code: Personal[ShortText] = None
    title: Personal[str] = None
    value: Personal[ShortText] = None
    unit: Personal[str] = None
    abnormal: Personal[bool] = None


class Reporting(Part):
    """Send findings to the hospital's record."""

    action: Literal["report"]
    title: Personal[ShortText] = None
    observed: Moment
    visit: Personal[ShortText] = None
    observations: Annotated[tuple[Observation, ...], Field(min_length=1, max_length=100)]


class Settling(Part):
    """Tell the hospital that charges were paid, or refunded (negative amount)."""

    action: Literal["settle"]
    amount: Decimal
    currency: str = "CNY"
    paid: Moment
    provider: str
    transaction_id: str
    charges: tuple[str, ...] = ()


Ask = Annotated[
    Booking | Moving | Cancelling | Registering | BedAsked | BillAsked | Reporting | Settling,
    Field(discriminator="action"),
]
Action = Literal["book", "move", "cancel", "register", "bed", "bill", "report", "settle"]
