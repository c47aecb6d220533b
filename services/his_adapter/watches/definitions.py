"""The definition of a silence alarm."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

from pydantic import Field

from shared.contracts.his_watches import SourceFellSilent
from shared.definition_ref import Ref
from shared.definitions import Definition, Reference, Zone

ALWAYS = {day: ((time(0), time(23, 59, 59)),) for day in range(7)}
SILENT = SourceFellSilent(
    at=datetime(2026, 3, 13, 12, tzinfo=UTC),
    watch="adt",
    source="HIS/CITY",
    types=("ADT",),
    since=datetime(2026, 3, 13, 11, 50, tzinfo=UTC),
    minutes=10,
)
"""What the template of a watch is tried with."""


def family(kind: str) -> str:
    """`ADT` of `ADT^A01`; a FHIR resource's type, also of its deletion."""
    return kind.partition("^")[0].removeprefix("DELETE ")


class Watch(Definition):
    """A source that must speak: nothing of `types` for `minutes` of watched time raises the alarm.

    `source` is the sender as `GET /his/v1/sources` names it, `types` are families of messages (ADT, Encounter), any
    where it is empty. `hours` per weekday (0 Monday) are when silence counts, but for `holidays`; always unless said.
    `staff` get `template` by the channel they are reached by, if they can be reached within `valid_hours`.
    """

    kind: ClassVar[str] = "watch"
    owner: ClassVar[str] = "his_adapter"

    source: str
    types: tuple[str, ...] = ()
    minutes: int = Field(10, ge=1)
    zone: Zone = "Asia/Shanghai"
    hours: Mapping[int, tuple[tuple[time, time], ...]] = ALWAYS
    holidays: frozenset[date] = frozenset()
    staff: tuple[str, ...] = ()
    template: str = "source-silent"
    valid_hours: int = Field(48, ge=1, le=24 * 366)

    @property
    def allowed(self) -> timedelta:
        """How much watched time may pass between two messages."""
        return timedelta(minutes=self.minutes)

    @property
    def grain(self) -> timedelta:
        """How often, at most, a source that speaks is written down: a twentieth of what it may be silent.

        The alarm is raised so much later, because what was said in between is not known.
        """
        return self.allowed / 20

    def waits_for(self, sender: str, message_type: str) -> bool:
        """Whether such a message shows that the source speaks."""
        return sender == self.source and (not self.types or family(message_type) in self.types)

    @property
    def make_up_days(self) -> Mapping[date, int]:
        """None: what is watched on holidays is said by leaving them out."""
        return {}

    @property
    def published_years(self) -> frozenset[int]:
        """None."""
        return frozenset()

    @property
    def references(self) -> tuple[Reference, ...]:
        """Whom it tells, and how."""
        if not self.staff:
            return ()
        template = Reference(Ref("template", self.template), "template", SILENT.message_values)
        return (template, *(Reference(Ref("staff", who), "staff") for who in self.staff))
