"""The sender role: asks hospital systems what was claimed; a repeat carries the same control id."""

import logging

from aiokafka import TopicPartition

from services.his_adapter.requests.client import Hospital
from services.his_adapter.requests.commands import HearAnswer, Said, StartAttempt
from services.his_adapter.requests.definitions import Endpoint
from shared.attempts import Attempts
from shared.contracts.base import Stamp
from shared.contracts.his_requests import AttemptClaimed, AttemptStarted
from shared.definitions import UnknownDefinition
from shared.host.deps import Deps
from shared.host.roles import loop

log = logging.getLogger(__name__)
GROUP = "his-requests.sender"


class Asker(Attempts):
    """Asks what was claimed."""

    target, claim, started = "his-requests", AttemptClaimed, AttemptStarted

    def __init__(self, deps: Deps) -> None:
        super().__init__(deps)
        self._hospital = Hospital(deps)

    def start(self, claim: AttemptClaimed, stamp: Stamp, sender: str) -> StartAttempt:
        """It is asked only if it is still wanted."""
        return StartAttempt(**stamp, request_id=claim.request_id, attempt=claim.attempt, sender=sender)

    async def attempt(self, claim: AttemptClaimed) -> Said:
        """What the hospital system said, as fields of `HearAnswer`."""
        try:
            endpoint = self._deps.definitions.snapshot.version(Endpoint, claim.endpoint)
            told = await self._hospital.put(endpoint, claim.request_id, claim.subject, claim.ask)
        except UnknownDefinition:
            told = {"outcome": "trouble", "reason": "endpoint-not-loaded"}
        except (
            Exception
        ) as error:  # one request that nobody foresaw must not stop the others; its words may be personal
            log.error("request %s: %s", claim.request_id, type(error).__name__)
            told = {"outcome": "trouble", "reason": type(error).__name__}
        if told["outcome"] == "trouble":
            log.warning("request %s, attempt %s: %s", claim.request_id, claim.attempt, told["reason"])
        return told

    def finish(self, claim: AttemptClaimed, stamp: Stamp, result: Said) -> HearAnswer:
        """What came back."""
        return HearAnswer(
            **stamp, **result, request_id=claim.request_id, attempt=claim.attempt, person_id=claim.person_id
        )

    async def close(self) -> None:
        """Leave no connection behind."""
        self._hospital.close()


async def send(deps: Deps) -> None:
    """The sender role."""

    def handler(tp: TopicPartition) -> Asker:
        return Asker(deps)

    run = loop(deps, GROUP, handler)
    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await run()
