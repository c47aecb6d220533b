"""Tickets of queue systems (calling screens, cashiers, pharmacies) → waiting times."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.his_adapter.formats.common.naming import Naming
from services.his_adapter.formats.definitions import Site
from shared.contracts.base import Moment
from shared.contracts.bounds import Code
from shared.contracts.facts import Details, Stage
from shared.contracts.his_adapter import HospitalMessageReceived, WaitingTimeObserved

Time = Literal[
    "arrived", "registered", "called", "seen", "ordered", "examined", "billed", "paid", "prescribed", "dispensed"
]
STAGES: Mapping[Stage, tuple[tuple[Time, ...], tuple[Time, ...]]] = {
    "registration": (("arrived",), ("registered",)),
    "consultation": (("registered",), ("called", "seen")),
    "examination": (("ordered",), ("examined",)),
    "cashier": (("billed", "seen"), ("paid",)),
    "pharmacy": (("prescribed", "paid"), ("dispensed",)),
}
"""Times at which waiting begins and ends, by stage; the first that the ticket has is used."""
MAX_WAIT_SECONDS = 24 * 3600
"""Longest plausible wait in seconds; a longer one comes from a wrong clock or a reused ticket number."""


class Ticket(BaseModel):
    """The times of one ticket so far, as it is stored; fields as in `body.Ticket`."""

    model_config = ConfigDict(extra="forbid")

    queue: Code = Field(min_length=1)
    ticket: Code = Field(min_length=1)
    number: Code = Field(min_length=1)
    kind: Code = "MR"
    authority: Code = ""
    department: Code = ""
    times: dict[Time, Moment] = Field(min_length=1)

    @model_validator(mode="after")
    def _forward(self) -> Self:
        for stage, since, until in self.stages():
            seconds = (self.times[until] - self.times[since]).total_seconds()
            if not 0 <= seconds <= MAX_WAIT_SECONDS:
                raise ValueError(f"`times.{until}` must be within a day after `times.{since}` ({stage})")
        return self

    def stages(self) -> Iterator[tuple[Stage, Time, Time]]:
        """Yield each finished stage, with the names of its begin and end times."""
        for stage, (begins, ends) in STAGES.items():
            since, until = (next((t for t in times if t in self.times), None) for times in (begins, ends))
            if since and until:
                yield stage, since, until


def facts(site_key: bytes, site: Site, message: HospitalMessageReceived) -> list[WaitingTimeObserved]:
    """Return one observation for each finished stage."""
    ticket, naming = Ticket.model_validate_json(message.text or "", extra="ignore"), Naming(site_key, site)
    number = naming.number(ticket.kind, ticket.authority, ticket.number)
    head: dict[str, Any] = {
        "patient_key": number.key,
        "patient": Details(identifiers=(number,)),
        "message_id": message.message_id,
        "control_id": message.control_id,
        "source_system": message.sender,
        "historical": message.historical,
        "updated": message.at,
        "department": naming.department(ticket.department)[0],
        "queue": ticket.queue,
        "ticket": f"{ticket.ticket}@{min(ticket.times.values()):%Y%m%d}",
    }
    return [
        WaitingTimeObserved(
            **head,
            at=ticket.times[until],
            stage=stage,
            seconds=int((ticket.times[until] - ticket.times[since]).total_seconds()),
        )
        for stage, since, until in ticket.stages()
    ]
