"""The sender role: claim → started (accepted) → I/O → result. A started attempt is never sent a second time."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from aiokafka import TopicPartition

from services.notify.channels import Channel, Outgoing, SendFailed
from services.notify.commands import FinishAttempt, StartAttempt
from services.notify.definitions import Template
from services.notify.rendering import render
from shared.auth import sign_link
from shared.bus.topics import topic_name
from shared.contracts.base import Command
from shared.contracts.notify import AttemptClaimed, AttemptStarted, Link
from shared.definitions import UnknownDefinition
from shared.envelope import Envelope
from shared.host.deps import Deps
from shared.host.roles import loop
from shared.ids import derive
from shared.outcomes import Outcome
from shared.telemetry import batch_span, carried_trace

log = logging.getLogger(__name__)
PATIENCE = 60.0
AT_ONCE = 20


class NoAnswer(Exception):
    """The decider did not answer in time: the batch is given up and read again."""


class Sender:
    """A `PartitionHandler` of notify's own events."""

    def __init__(self, deps: Deps, channels: dict[str, Channel]) -> None:
        self._deps, self._channels = deps, channels
        self._run = uuid4().hex
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def open(self, committed: int) -> int:
        """Nothing to recover: the decider knows which attempts were started."""
        return committed

    async def close(self) -> None:
        """Nothing is held."""

    async def work(self, records: Sequence[Any]) -> None:
        """Send what was claimed; the loop commits when all of it is accounted for."""
        claims = await self._deps.codec.decode(records, frozenset({AttemptClaimed.wire}))
        found = [(r, c) for r, c in zip(records, claims, strict=True) if isinstance(c, Envelope)]
        if not found:
            return
        topic = topic_name("notify", "events")
        with batch_span("process", topic, records[0].partition, [r for r, _ in found], "notify.sender") as span:
            await asyncio.gather(*(self._one(record, claim, span) for record, claim in found))

    async def _one(self, record: Any, claim: Envelope[AttemptClaimed], span: str) -> None:
        async with self._slots:
            data, headers = claim.data, carried_trace(record.headers, span)
            common = {"recipient_id": data.recipient_id, "message_id": data.message_id, "attempt": data.attempt}
            start = StartAttempt.model_validate(
                {**common, "id": derive(claim.id, "start", self._run), "at": self._deps.clock(), "sender": self._run}
            )
            outcome = await self._ask(start, claim, headers)
            if AttemptStarted.wire not in outcome.event_types:
                return
            result = await self._try(data)
            finish = FinishAttempt.model_validate(
                {**common, "id": derive(claim.id, "finish", self._run), "at": self._deps.clock(), **result}
            )
            await self._ask(finish, claim, headers)

    async def _ask(self, command: Command, claim: Envelope[AttemptClaimed], headers: Any) -> Outcome:
        self._deps.replies.expect(command.id)
        envelope = self._deps.sender.envelope("notify", command, claim.correlation_id, claim.id)
        await self._deps.sender.send("notify", [(envelope, headers)])
        outcome = await self._deps.replies.wait(command.id, PATIENCE)
        if outcome is None:
            raise NoAnswer(f"no outcome of {type(command).__name__} within {PATIENCE:g} s")
        return outcome

    async def _try(self, claim: AttemptClaimed) -> dict[str, Any]:
        """The result of the attempt as fields of `FinishAttempt`."""
        if claim.address is None:
            return {"failure": "erased", "permanent": True}
        try:
            template = self._deps.definitions.snapshot.version(Template, claim.template)
            values = {**(claim.values or {}), **self._surroundings(claim.link)}
            subject, body = render(template, claim.language, values)
        except UnknownDefinition:
            return {"failure": "template-not-loaded"}
        except Exception as error:  # a template or a value that cannot be rendered fails alone
            log.warning("attempt %s of %s: %s", claim.attempt, claim.message_id, type(error).__name__)
            return {"failure": f"template-{type(error).__name__}", "permanent": True}
        id = f"{claim.message_id}.{claim.attempt}.{claim.recipient_id}"
        try:
            message = Outgoing(id, claim.address, subject, body, claim.language)
            return {"provider_id": await self._channels[claim.channel].send(message)}
        except SendFailed as failed:
            log.warning("attempt %s of %s: %s", claim.attempt, claim.message_id, failed)
            return {"failure": str(failed), "permanent": failed.permanent, "unknown": failed.unknown}
        except Exception as error:  # one broken message must not end the batch: whether it went out is not known
            log.exception("attempt %s of %s", claim.attempt, claim.message_id)
            return {"failure": type(error).__name__, "unknown": True}

    def _surroundings(self, link: Link | None) -> dict[str, str]:
        settings = self._deps.settings
        around = {"hospital": settings.hospital.name, "link": ""}
        if link:
            secret = settings.auth.link_secret.get_secret_value()
            token = sign_link(secret, link.purpose, link.subject, link.expires)
            around["link"] = f"{settings.hospital.public_url}{link.path}{token}"
        return around


async def send(deps: Deps, channels: dict[str, Channel]) -> None:
    """The sender role."""

    def handler(tp: TopicPartition) -> Sender:
        return Sender(deps, channels)

    run = loop(deps, "notify.sender", handler)
    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await run()
