"""The platform itself: orders, payments, refunds, and reporting them until the merchant takes the report."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import orjson

from deploy.simulators.wechat import bill
from deploy.simulators.wechat.account import Account, No
from deploy.simulators.wechat.trades import ZONE, Trade


class Platform:
    """The platform. `mood` "silent" answers nothing useful, "slow-refund" settles refunds only by notification."""

    def __init__(self, account: Account, now: Callable[[], datetime]) -> None:
        self.account, self._now = account, now
        self.trades: dict[str, Trade] = {}
        self.mood = ""
        self.pending = 0
        self.extra: list[str] = []
        self._files: dict[str, bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Report nothing more."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def order(self, way: str, body: dict[str, Any]) -> dict[str, Any]:
        """Make one (POST /v3/pay/transactions/…)."""
        number = body["out_trade_no"]
        known = self.trades.setdefault(number, Trade(body))
        if known.body["amount"] != body["amount"]:
            raise No(400, "INVALID_REQUEST")
        if known.state != "NOTPAY":
            raise No(400, "ORDERPAID" if known.state == "SUCCESS" else "ORDER_CLOSED")
        link = f"weixin://wxpay/bizpayurl?pr={number}" if way == "native" else f"https://wx.tenpay.example/h5?{number}"
        return {"code_url" if way == "native" else "h5_url": link}

    def found(self, number: str) -> Trade:
        """An order. Raises `No`."""
        if number not in self.trades:
            raise No(404, "ORDER_NOT_EXIST")
        return self.trades[number]

    def shown(self, number: str) -> dict[str, Any]:
        """How it stands (GET /v3/pay/transactions/out-trade-no/…)."""
        trade = self.found(number)
        told = {"mchid": self.account.merchant_id, "out_trade_no": number, "trade_state": trade.state}
        if trade.paid is None:
            return told
        at = trade.paid.astimezone(ZONE).isoformat(timespec="seconds")
        return {**told, "transaction_id": trade.transaction_id, "success_time": at, "amount": trade.body["amount"]}

    def close(self, number: str) -> None:
        """End it unpaid (POST …/close)."""
        trade = self.found(number)
        if trade.state == "SUCCESS":
            raise No(400, "ORDERPAID")
        trade.state = "CLOSED"

    def refund(self, body: dict[str, Any]) -> dict[str, Any]:
        """Give back (POST /v3/refund/domestic/refunds)."""
        trade, number = self.found(body["out_trade_no"]), body["out_refund_no"]
        back = sum(each["amount"]["refund"] for name, each in trade.refunds.items() if name != number)
        if trade.paid is None or back + body["amount"]["refund"] > trade.body["amount"]["total"]:
            raise No(403, "NOT_ENOUGH")
        if number not in trade.refunds:
            later = self.mood == "slow-refund"
            made = {"refund_id": f"50{len(trade.refunds):030d}", "status": "PROCESSING" if later else "SUCCESS"}
            trade.refunds[number] = {**body, **made}
            if later:
                self._later(self._settle(trade, number))
        return self.refunded(number)

    def refunded(self, number: str) -> dict[str, Any]:
        """How a refund stands (GET /v3/refund/domestic/refunds/…)."""
        for trade in self.trades.values():
            if number in trade.refunds:
                return {name: value for name, value in trade.refunds[number].items() if name != "notify_url"}
        raise No(404, "RESOURCE_NOT_EXISTS")

    async def _settle(self, trade: Trade, number: str) -> None:
        trade.refunds[number]["status"] = "SUCCESS"
        told = {"out_trade_no": trade.body["out_trade_no"], "out_refund_no": number, "refund_status": "SUCCESS"}
        await self._report("REFUND.SUCCESS", told, trade.body["notify_url"])

    def pay(self, number: str, report: bool = True) -> None:
        """The customer pays."""
        trade = self.found(number)
        if trade.state != "NOTPAY":
            raise No(400, "ORDER_CLOSED")
        trade.state, trade.paid = "SUCCESS", self._now()
        trade.transaction_id = "42" + hashlib.sha256(number.encode()).hexdigest()[:26]
        if report:
            self._later(self._report("TRANSACTION.SUCCESS", self.shown(number), trade.body["notify_url"]))

    def _later(self, work: Any) -> None:
        self.pending += 1
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _report(self, kind: str, told: dict[str, Any], where: str) -> None:
        """Sealed and signed, again and again until it is taken."""
        sealed = self.account.sealed(told)
        id = hashlib.sha256(f"{kind}{told}".encode()).hexdigest()[:32]
        body = orjson.dumps({"id": id, "event_type": kind, "resource_type": "encrypt-resource", "resource": sealed})
        try:
            async with httpx.AsyncClient(timeout=15) as client:
                for pause in (0.1, 1, 2, *(5 for _ in range(20))):
                    await asyncio.sleep(pause)
                    try:
                        if (
                            await client.post(where, content=body, headers=self.account.signed(body))
                        ).status_code == 200:
                            return
                    except httpx.HTTPError:
                        continue
        finally:
            self.pending -= 1

    def bill(self, day: str, base: str) -> dict[str, Any]:
        """Where the bill of a day is (GET /v3/bill/tradebill)."""
        raw = bill.file(self.account.merchant_id, self.trades, day, self.extra)
        if raw is None:
            raise No(404, "NO_STATEMENT_EXIST")
        self._files[day] = raw
        digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        return {"hash_type": "SHA1", "hash_value": digest, "download_url": f"{base}/v3/billdownload/file?token={day}"}

    def file(self, token: str) -> bytes:
        """The bill itself (GET /v3/billdownload/file)."""
        return self._files[token]
