"""The sender role's second half: asks payment platforms what was claimed, under numbers that make a repeat harmless."""

import logging
from typing import assert_never

from aiokafka import TopicPartition

from services.his_adapter.payments.accounts import Accounts
from services.his_adapter.payments.commands import HearPlatform, Said, StartStep
from services.his_adapter.payments.statement import Refused, Trouble
from services.his_adapter.payments.wechat import WeChatPay
from shared.attempts import Attempts
from shared.contracts.base import Stamp
from shared.contracts.his_payments import AttemptClaimed, AttemptStarted
from shared.host.deps import Deps
from shared.host.roles import loop

log = logging.getLogger(__name__)
GROUP = "his-payments.sender"


class Cashier(Attempts):
    """Asks what was claimed."""

    target, claim, started = "his-payments", AttemptClaimed, AttemptStarted

    def __init__(self, deps: Deps) -> None:
        super().__init__(deps)
        self._accounts = Accounts(deps)

    def start(self, claim: AttemptClaimed, stamp: Stamp, sender: str) -> StartStep:
        """It is asked only if it is still wanted."""
        return StartStep(**stamp, payment_id=claim.payment_id, attempt=claim.attempt, sender=sender)

    async def attempt(self, claim: AttemptClaimed) -> Said:
        """What the platform said, as fields of `HearPlatform`."""
        try:
            return await _asked(await self._accounts.of(claim.order.provider), claim)
        except Refused as no:
            return {"state": "no", "reason": no.code}
        except Trouble as trouble:
            log.warning("payment %s, %s: %s", claim.payment_id, claim.step, trouble.reason)
            return {"state": "trouble", "reason": trouble.reason}
        except Exception as error:  # one payment that nobody foresaw must not stop the others
            log.error("payment %s, %s: %s", claim.payment_id, claim.step, type(error).__name__)
            return {"state": "trouble", "reason": type(error).__name__}

    def finish(self, claim: AttemptClaimed, stamp: Stamp, result: Said) -> HearPlatform:
        """What came back."""
        return HearPlatform(
            **stamp,
            **result,
            payment_id=claim.payment_id,
            attempt=claim.attempt,
            told_by="query",
            person_id=claim.person_id,
        )

    async def close(self) -> None:
        """Leave no connection behind."""
        await self._accounts.close()


async def _asked(account: WeChatPay, claim: AttemptClaimed) -> Said:
    match claim.step:
        case "order":
            return await account.order(claim.payment_id, claim.order)
        case "query":
            return await account.query(claim.payment_id)
        case "close":
            return await account.end(claim.payment_id)
        case "refund" | "refund-query":
            assert claim.refund is not None
            again = claim.step == "refund-query"
            return await (
                account.refunded(claim.refund.refund_id) if again else account.refund(claim.payment_id, claim.refund)
            )
        case _:
            assert_never(claim.step)


async def pay(deps: Deps) -> None:
    """Serve until cancelled."""

    def handler(tp: TopicPartition) -> Cashier:
        return Cashier(deps)

    run = loop(deps, GROUP, handler)
    await deps.definitions.ready.wait()
    await deps.replies.ready.wait()
    await run()
