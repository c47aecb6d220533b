"""The sender role: claim → started (accepted) → I/O → result. A started attempt is never sent a second time."""

import logging
from typing import TypedDict

from aiokafka import TopicPartition

from services.notify.channels import Channel, Outgoing, SendFailed
from services.notify.commands import FinishAttempt, StartAttempt
from services.notify.definitions import Template
from services.notify.rendering import render
from shared.attempts import Attempts
from shared.contracts.base import Stamp
from shared.contracts.notify import AttemptClaimed, AttemptStarted, Link
from shared.definitions import UnknownDefinition
from shared.host.deps import Deps
from shared.host.roles import loop
from shared.links import sign_link

log = logging.getLogger(__name__)


class Result(TypedDict, total=False):
    """What became of an attempt."""

    provider_id: str
    failure: str
    permanent: bool
    unknown: bool


class _Named(TypedDict):
    recipient_id: str
    message_id: str
    attempt: int


class Sender(Attempts):
    """Sends what was claimed."""

    target, claim, started = "notify", AttemptClaimed, AttemptStarted

    def __init__(self, deps: Deps, channels: dict[str, Channel]) -> None:
        super().__init__(deps)
        self._channels = channels

    def start(self, claim: AttemptClaimed, stamp: Stamp, sender: str) -> StartAttempt:
        """It goes out only if it still may."""
        return StartAttempt(**stamp, **_named(claim), sender=sender)

    def finish(self, claim: AttemptClaimed, stamp: Stamp, result: Result) -> FinishAttempt:
        """What the provider said."""
        return FinishAttempt(**stamp, **_named(claim), **result)

    async def attempt(self, claim: AttemptClaimed) -> Result:
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
            token = sign_link(settings.auth.links, link.purpose, link.subject, link.expires)
            around["link"] = f"{settings.hospital.public_url}{link.path}{token}"
        return around


def _named(claim: AttemptClaimed) -> _Named:
    return _Named(recipient_id=claim.recipient_id, message_id=claim.message_id, attempt=claim.attempt)


async def send(deps: Deps, channels: dict[str, Channel]) -> None:
    """The sender role."""

    def handler(tp: TopicPartition) -> Sender:
        return Sender(deps, channels)

    run = loop(deps, "notify.sender", handler)
    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await run()
