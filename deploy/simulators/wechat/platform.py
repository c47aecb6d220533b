"""The platform: orders, payments and refunds, and their notifications, repeated until the merchant accepts them."""

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
    """The platform. `mood` "silent": every request fails; "slow-refund": a refund is settled by notification only.

    `pending` counts notifications not accepted yet, `extra` are additional lines of bills.
    """

    def __init__(self, account: Account, now: Callable[[], datetime]) -> None:
        self.account, self._now = account, now
        self.trades: dict[str, Trade] = {}
        self.mood = ""
        self.pending = 0
        self.extra: list[str] = []
        self._files: dict[str, bytes] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Stop sending notifications."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def order(self, way: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create an order, or return it if it exists (POST /v3/pay/transactions/…). Raises `No`."""
        number = body["out_trade_no"]
        trade = self.trades.setdefault(number, Trade(body))
        if trade.body["amount"] != body["amount"]:
            raise No(400, "INVALID_REQUEST")
        if trade.state != "NOTPAY":
            raise No(400, "ORDERPAID" if trade.state == "SUCCESS" else "ORDER_CLOSED")
        link = f"weixin://wxpay/bizpayurl?pr={number}" if way == "native" else f"https://wx.tenpay.example/h5?{number}"
        return {"code_url" if way == "native" else "h5_url": link}

    def trade(self, number: str) -> Trade:
        """Return an order. Raises `No`."""
        if number not in self.trades:
            raise No(404, "ORDER_NOT_EXIST")
        return self.trades[number]

    def shown(self, number: str) -> dict[str, Any]:
        """Return an order as JSON (GET /v3/pay/transactions/out-trade-no/…). Raises `No`."""
        trade = self.trade(number)
        order = {"mchid": self.account.merchant_id, "out_trade_no": number, "trade_state": trade.state}
        if trade.paid is None:
            return order
        at = trade.paid.astimezone(ZONE).isoformat(timespec="seconds")
        return {**order, "transaction_id": trade.transaction_id, "success_time": at, "amount": trade.body["amount"]}

    def close(self, number: str) -> None:
        """Close an unpaid order (POST …/close). Raises `No`."""
        trade = self.trade(number)
        if trade.state == "SUCCESS":
            raise No(400, "ORDERPAID")
        trade.state = "CLOSED"

    def refund(self, body: dict[str, Any]) -> dict[str, Any]:
        """Refund an order, in whole or in part (POST /v3/refund/domestic/refunds). Raises `No`."""
        trade, number = self.trade(body["out_trade_no"]), body["out_refund_no"]
        others = sum(refund["amount"]["refund"] for name, refund in trade.refunds.items() if name != number)
        if trade.paid is None or others + body["amount"]["refund"] > trade.body["amount"]["total"]:
            raise No(403, "NOT_ENOUGH")
        if number not in trade.refunds:
            slow = self.mood == "slow-refund"
            state = {"refund_id": f"50{len(trade.refunds):030d}", "status": "PROCESSING" if slow else "SUCCESS"}
            trade.refunds[number] = {**body, **state}
            if slow:
                self._later(self._settle(trade, number))
        return self.refunded(number)

    def refunded(self, number: str) -> dict[str, Any]:
        """Return a refund as JSON (GET /v3/refund/domestic/refunds/…). Raises `No`."""
        for trade in self.trades.values():
            if number in trade.refunds:
                return {name: value for name, value in trade.refunds[number].items() if name != "notify_url"}
        raise No(404, "RESOURCE_NOT_EXISTS")

    async def _settle(self, trade: Trade, number: str) -> None:
        trade.refunds[number]["status"] = "SUCCESS"
        data = {"out_trade_no": trade.body["out_trade_no"], "out_refund_no": number, "refund_status": "SUCCESS"}
        await self._report("REFUND.SUCCESS", data, trade.body["notify_url"])

    def pay(self, number: str, report: bool = True) -> None:
        """Pay an order as its customer; `report` sends the notification. Raises `No`."""
        trade = self.trade(number)
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

    async def _report(self, kind: str, data: dict[str, Any], url: str) -> None:
        """Send an encrypted and signed notification until it is answered 200, about 100 s."""
        sealed = self.account.sealed(data)
        id = hashlib.sha256(f"{kind}{data}".encode()).hexdigest()[:32]
        body = orjson.dumps({"id": id, "event_type": kind, "resource_type": "encrypt-resource", "resource": sealed})
        try:
            async with httpx.AsyncClient(timeout=15) as client:
                for pause in (0.1, 1, 2, *(5 for _ in range(20))):
                    await asyncio.sleep(pause)
                    try:
                        answer = await client.post(url, content=body, headers=self.account.signed(body))
                        if answer.status_code == 200:
                            return
                    except httpx.HTTPError:
                        continue
        finally:
            self.pending -= 1

    def bill(self, day: str, base: str) -> dict[str, Any]:
        """Return URL and SHA-1 of the bill of a day (GET /v3/bill/tradebill). Raises `No`."""
        raw = bill.file(self.account.merchant_id, self.trades, day, self.extra)
        if raw is None:
            raise No(404, "NO_STATEMENT_EXIST")
        self._files[day] = raw
        digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
        return {"hash_type": "SHA1", "hash_value": digest, "download_url": f"{base}/v3/billdownload/file?token={day}"}

    def file(self, token: str) -> bytes:
        """Return the file of a bill (GET /v3/billdownload/file)."""
        return self._files[token]
