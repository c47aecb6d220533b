"""The sender role: sends assigned requests to hospital systems; a repeat has the same control id."""

import logging

from aiokafka import TopicPartition

from services.his_adapter.requests.client import HospitalClient
from services.his_adapter.requests.commands import AnswerFields, HearAnswer, StartAttempt
from services.his_adapter.requests.definitions import Endpoint
from shared.attempts import Attempts
from shared.contracts.base import Stamp
from shared.contracts.his_requests import AttemptAssigned, AttemptStarted
from shared.definitions import UnknownDefinition
from shared.host.deps import Deps
from shared.host.roles import loop

log = logging.getLogger(__name__)
GROUP = "his-requests.sender"


class Asker(Attempts):
    """Makes assigned attempts."""

    target, assigned, started = "his-requests", AttemptAssigned, AttemptStarted

    def __init__(self, deps: Deps) -> None:
        super().__init__(deps)
        self._hospital = HospitalClient(deps)

    def start(self, assigned: AttemptAssigned, stamp: Stamp, sender: str) -> StartAttempt:
        """Return the command that must be accepted before the attempt is sent."""
        return StartAttempt(**stamp, request_id=assigned.request_id, attempt=assigned.attempt, sender=sender)

    async def attempt(self, assigned: AttemptAssigned) -> AnswerFields:
        """Send a request and return the answer as fields of `HearAnswer`; never raises."""
        try:
            endpoint = self._deps.definitions.snapshot.version(Endpoint, assigned.endpoint)
            answer = await self._hospital.put(endpoint, assigned.request_id, assigned.subject, assigned.ask)
        except UnknownDefinition:
            answer = {"outcome": "trouble", "reason": "endpoint-not-loaded"}
        except Exception as error:  # must not stop other requests; its text is not logged, it may hold personal data
            log.error("request %s: %s", assigned.request_id, type(error).__name__)
            answer = {"outcome": "trouble", "reason": type(error).__name__}
        if answer["outcome"] == "trouble":
            log.warning("request %s, attempt %s: %s", assigned.request_id, assigned.attempt, answer["reason"])
        return answer

    def finish(self, assigned: AttemptAssigned, stamp: Stamp, result: AnswerFields) -> HearAnswer:
        """Return the command that records the answer."""
        return HearAnswer(
            **stamp, **result, request_id=assigned.request_id, attempt=assigned.attempt, person_id=assigned.person_id
        )

    async def close(self) -> None:
        """Close all connections."""
        self._hospital.close()


async def send(deps: Deps) -> None:
    """Run the sender role until it is cancelled."""

    def handler(tp: TopicPartition) -> Asker:
        return Asker(deps)

    run = loop(deps, GROUP, handler)
    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await run()
