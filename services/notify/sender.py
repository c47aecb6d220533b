"""The sender role: assigned → started (accepted) → send → result. An attempt that was started is never sent again."""

import logging
from typing import TypedDict

from aiokafka import TopicPartition

from services.notify.channels import Channel, Outgoing, SendFailed
from services.notify.commands import FinishAttempt, ProviderId, StartAttempt
from services.notify.definitions import Template
from services.notify.rendering import render
from shared.attempts import Attempts
from shared.contracts.base import Stamp
from shared.contracts.notify import AttemptAssigned, AttemptStarted, Link
from shared.definitions import UnknownDefinition
from shared.host.deps import Deps
from shared.host.roles import loop
from shared.links import sign_link

log = logging.getLogger(__name__)


class Result(TypedDict, total=False):
    """The result of an attempt, as fields of `FinishAttempt`."""

    provider_id: str
    failure: str
    permanent: bool
    unknown: bool


class _Head(TypedDict):
    recipient_id: str
    message_id: str
    attempt: int


class Sender(Attempts):
    """Makes assigned attempts."""

    target, assigned, started = "notify", AttemptAssigned, AttemptStarted

    def __init__(self, deps: Deps, channels: dict[str, Channel]) -> None:
        super().__init__(deps)
        self._channels = channels

    def start(self, assigned: AttemptAssigned, stamp: Stamp, sender: str) -> StartAttempt:
        """The command to start the attempt; it is rejected if the message may not be sent any more."""
        return StartAttempt(**stamp, **_named(assigned), sender=sender)

    def finish(self, assigned: AttemptAssigned, stamp: Stamp, result: Result) -> FinishAttempt:
        """The command with the provider's answer."""
        return FinishAttempt(**stamp, **_named(assigned), **result)

    async def attempt(self, assigned: AttemptAssigned) -> Result:
        """Render and send the message. Returns fields of `FinishAttempt`."""
        if assigned.address is None:
            return {"failure": "erased", "permanent": True}
        try:
            template = self._deps.definitions.snapshot.version(Template, assigned.template)
            values = {**(assigned.values or {}), **self._common_values(assigned.link)}
            subject, body = render(template, assigned.language, values)
        except UnknownDefinition:
            return {"failure": "template-not-loaded"}
        except Exception as error:  # a text that cannot be rendered fails alone
            log.warning("attempt %s of %s: %s", assigned.attempt, assigned.message_id, type(error).__name__)
            return {"failure": f"template-{type(error).__name__}", "permanent": True}
        id = str(ProviderId(assigned.message_id, assigned.attempt, assigned.recipient_id))
        try:
            message = Outgoing(id, assigned.address, subject, body, assigned.language)
            return {"provider_id": await self._channels[assigned.channel].send(message)}
        except SendFailed as failed:
            log.warning("attempt %s of %s: %s", assigned.attempt, assigned.message_id, failed)
            return {"failure": str(failed), "permanent": failed.permanent, "unknown": failed.unknown}
        except Exception as error:  # one broken message must not end the batch; it may have been sent
            log.exception("attempt %s of %s", assigned.attempt, assigned.message_id)
            return {"failure": type(error).__name__, "unknown": True}

    def _common_values(self, link: Link | None) -> dict[str, str]:
        settings = self._deps.settings
        values = {"hospital": settings.hospital.name, "link": ""}
        if link:
            token = sign_link(settings.auth.links, link.purpose, link.subject, link.expires)
            values["link"] = f"{settings.hospital.public_url}{link.path}{token}"
        return values


def _named(assigned: AttemptAssigned) -> _Head:
    return _Head(recipient_id=assigned.recipient_id, message_id=assigned.message_id, attempt=assigned.attempt)


async def send(deps: Deps, channels: dict[str, Channel]) -> None:
    """Run the sender role."""

    def handler(tp: TopicPartition) -> Sender:
        return Sender(deps, channels)

    run = loop(deps, "notify.sender", handler)
    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await run()
