"""Runs the sender role in a world. A crash between start and result leaves an attempt with an unknown end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.notify.commands import FinishAttempt, StartAttempt
from services.notify.definitions import Template
from services.notify.rendering import render
from shared.actor import system
from shared.bus.topics import topic_name
from shared.contracts.base import Command
from shared.contracts.notify import AttemptAssigned, AttemptStarted
from shared.ids import derive
from tests.world.log import Place, Record
from tests.world.worker import Steps, Worker

if TYPE_CHECKING:
    from tests.world.machine import World

Relay = Callable[[AttemptAssigned], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that the simulated relay accepted."""

    at: datetime
    to: str
    subject: str
    body: str
    recipient: str
    message_id: str
    template: str


class SenderWorker(Worker):
    """The sender role of notify. `relay` returns the provider's answer; {} means that it accepted the mail."""

    def __init__(self, world: "World") -> None:
        super().__init__(world, "notify.sender", {topic_name("notify", "events"): (AttemptAssigned,)})
        self.relay: Relay = lambda assigned: {}
        self._run = 0

    def work(self, place: Place, batch: list[Record]) -> Steps:
        """Send the attempts of the batch one after the other."""
        for record in batch:
            yield from self._one(record, record.envelope.data)
        self.commit(batch)

    def crash(self) -> None:
        """Lose the batch; the next run is another sender process."""
        super().crash()
        self._run += 1

    def _one(self, record: Record, assigned: AttemptAssigned) -> Steps:
        named = {name: getattr(assigned, name) for name in ("recipient_id", "message_id", "attempt")}
        cause = record.envelope.id
        while True:
            run = self._run
            start = StartAttempt(id=derive(cause, "start", run), at=self.world.now, sender=str(run), **named)
            yield from self._ask(record, start)
            outcome = self.world.outcomes[start.id]
            if not outcome.forgotten:
                break
            self._run += 1  # the process ends, and comes back
        if AttemptStarted.wire not in outcome.event_types:
            return
        result = self.relay(assigned) or self._take(assigned)
        yield
        yield from self._ask(
            record, FinishAttempt(id=derive(cause, "finish", run), at=self.world.now, **named, **result)
        )

    def _ask(self, record: Record, command: Command) -> Steps:
        sender, event = self.world.sender, record.envelope
        envelope = sender.envelope("notify", command, event.correlation_id, event.id, actor=system("sender"))
        self.world.log.append(
            self.world.log.place_of(topic_name("notify", "commands"), envelope.key), [envelope], command.at
        )
        while command.id not in self.world.outcomes:
            yield

    def _take(self, assigned: AttemptAssigned) -> dict[str, str]:
        template = self.world.definitions.version(Template, assigned.template)
        values = {"hospital": "City Hospital", "link": "https://x.example/s/t", **(assigned.values or {})}
        subject, body = render(template, assigned.language, values)
        mail = Mail(
            self.world.now,
            assigned.address or "",
            subject,
            body,
            assigned.recipient_id,
            assigned.message_id,
            template.id,
        )
        self.world.sent.append(mail)
        return {"provider_id": f"{assigned.message_id}.{assigned.attempt}.{assigned.recipient_id}"}
