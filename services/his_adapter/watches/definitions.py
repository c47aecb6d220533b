"""Definition of a silence alarm."""

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
"""Example event, with which the template of a watch is checked at publication."""


def family(kind: str) -> str:
    """Return the family of a message type: `ADT` of `ADT^A01`; for FHIR the resource type, also of a deletion."""
    return kind.partition("^")[0].removeprefix("DELETE ")


class Watch(Definition):
    """A silence alarm: raised if a source sends no message of `types` for `minutes` of watched time.

    `source` is the sender as `GET /his/v1/sources` names it, `types` are families of messages (ADT, Encounter; empty:
    all). Watched time is `hours` by weekday (0 Monday; default: always) without `holidays`. `staff` are sent `template`
    by their own channel; the message expires after `valid_hours`.
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
        """Return the watched time that may pass between two messages."""
        return timedelta(minutes=self.minutes)

    @property
    def grain(self) -> timedelta:
        """Return the minimum time between two `TimerSet` events of a watch: a twentieth of `allowed`.

        Messages in between are not recorded, so the alarm is raised later by this time.
        """
        return self.allowed / 20

    def waits_for(self, sender: str, message_type: str) -> bool:
        """Return whether a message counts as one of the watched source."""
        return sender == self.source and (not self.types or family(message_type) in self.types)

    @property
    def make_up_days(self) -> Mapping[date, int]:
        """Return {}: a watch has no make-up days. Required by `add_working_time`."""
        return {}

    @property
    def published_years(self) -> frozenset[int]:
        """Return an empty set: holidays are those of the definition. Required by `add_working_time`."""
        return frozenset()

    @property
    def references(self) -> tuple[Reference, ...]:
        """Return the references to the template and the staff."""
        if not self.staff:
            return ()
        template = Reference(Ref("template", self.template), "template", SILENT.message_values)
        return (template, *(Reference(Ref("staff", who), "staff") for who in self.staff))
