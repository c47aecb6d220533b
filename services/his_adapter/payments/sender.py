"""The role `sender` for payments: sends assigned attempts to the platform. Order and refund ids make repeats safe."""

import logging
from typing import assert_never

from aiokafka import TopicPartition

from services.his_adapter.payments.accounts import Accounts
from services.his_adapter.payments.commands import HearPlatform, PlatformAnswer, StartStep
from services.his_adapter.payments.statement import PlatformRefused, PlatformTrouble
from services.his_adapter.payments.wechat import WeChatPay
from shared.attempts import Attempts
from shared.contracts.base import Stamp
from shared.contracts.his_payments import AttemptAssigned, AttemptStarted
from shared.host.deps import Deps
from shared.host.roles import loop

log = logging.getLogger(__name__)
GROUP = "his-payments.sender"


class Cashier(Attempts):
    """Carries out `AttemptAssigned` events: one request to the platform per attempt."""

    target, assigned, started = "his-payments", AttemptAssigned, AttemptStarted

    def __init__(self, deps: Deps) -> None:
        super().__init__(deps)
        self._accounts = Accounts(deps)

    def start(self, assigned: AttemptAssigned, stamp: Stamp, sender: str) -> StartStep:
        """The command that must be accepted before the request is sent."""
        return StartStep(**stamp, payment_id=assigned.payment_id, attempt=assigned.attempt, sender=sender)

    async def attempt(self, assigned: AttemptAssigned) -> PlatformAnswer:
        """Send the request and return the platform's answer. Errors are returned as the states `no` and `trouble`."""
        try:
            return await _request(await self._accounts.of(assigned.order.provider), assigned)
        except PlatformRefused as refused:
            return {"state": "no", "reason": refused.code}
        except PlatformTrouble as trouble:
            log.warning("payment %s, %s: %s", assigned.payment_id, assigned.step, trouble.reason)
            return {"state": "trouble", "reason": trouble.reason}
        except Exception as error:  # an unexpected error of one payment must not stop the others
            log.error("payment %s, %s: %s", assigned.payment_id, assigned.step, type(error).__name__)
            return {"state": "trouble", "reason": type(error).__name__}

    def finish(self, assigned: AttemptAssigned, stamp: Stamp, result: PlatformAnswer) -> HearPlatform:
        """The command that reports the answer."""
        return HearPlatform(
            **stamp,
            **result,
            payment_id=assigned.payment_id,
            attempt=assigned.attempt,
            told_by="query",
            person_id=assigned.person_id,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._accounts.close()


async def _request(account: WeChatPay, assigned: AttemptAssigned) -> PlatformAnswer:
    match assigned.step:
        case "order":
            return await account.order(assigned.payment_id, assigned.order)
        case "query":
            return await account.query(assigned.payment_id)
        case "close":
            return await account.end(assigned.payment_id)
        case "refund" | "refund-query":
            assert assigned.refund is not None
            if assigned.step == "refund-query":
                return await account.refunded(assigned.refund.refund_id)
            return await account.refund(assigned.payment_id, assigned.refund)
        case _:
            assert_never(assigned.step)


async def pay(deps: Deps) -> None:
    """Run the role until cancelled."""

    def handler(tp: TopicPartition) -> Cashier:
        return Cashier(deps)

    run = loop(deps, GROUP, handler)
    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await run()
