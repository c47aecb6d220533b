"""Client of WeChat Pay API v3: orders, queries, refunds, bills. Answers are fields of a command (`PlatformAnswer`)."""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import orjson

from services.his_adapter.payments.commands import PlatformAnswer, PlatformState
from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.limits import DESCRIPTION, REFUND_REASON
from services.his_adapter.payments.signing import NotGenuine, Signer
from services.his_adapter.payments.statement import PlatformRefused, PlatformTrouble, StatementLine, lines
from shared.contracts.his_payments import PaymentOrder, Refund

SECONDS = 20.0
"""Seconds until a call of the platform counts as unanswered."""
FEN = Decimal(100)
STATES: Mapping[str, PlatformState] = {
    "SUCCESS": "paid",
    "REFUND": "paid",
    "NOTPAY": "unpaid",
    "USERPAYING": "unpaid",
    "ACCEPT": "unpaid",
}
"""`trade_state` → state. All others (CLOSED, REVOKED, PAYERROR) are `closed`. REFUND: paid, and refunded afterwards."""
REFUNDS: Mapping[str, PlatformState] = {"SUCCESS": "refunded", "PROCESSING": "refund-pending"}
TRY_AGAIN = ("SYSTEM_ERROR", "FREQUENCY_LIMITED", "FREQUENCY_LIMIT_EXCEED", "BANK_ERROR")
"""Error codes of API v3 whose remedy is to send the same request again."""
JsonObject = dict[str, Any]


class WeChatPay:
    """The client of one merchant's account. Methods raise `PlatformTrouble` or `PlatformRefused`."""

    def __init__(self, provider: Provider, signer: Signer, notify: str) -> None:
        self._provider, self._signer, self._notify = provider, signer, notify
        self._client = httpx.AsyncClient(timeout=SECONDS)
        self._prefix = urlsplit(provider.address).path.rstrip("/")

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def order(self, payment_id: str, order: PaymentOrder) -> PlatformAnswer:
        """Create an order. `link` in the answer: the URL to open (h5) or the content of the QR code (native)."""
        expires = order.expires.astimezone(ZoneInfo(self._provider.zone)).isoformat(timespec="seconds")
        body: JsonObject = {
            "appid": self._provider.app_id,
            "mchid": self._provider.merchant_id,
            "description": (order.description or "医疗服务")[:DESCRIPTION],
            "out_trade_no": payment_id,
            "time_expire": expires,
            "notify_url": self._notify,
            "amount": {"total": fen(order.amount), "currency": order.currency},
        }
        if order.way == "h5":
            body["scene_info"] = {"payer_client_ip": order.payer_ip, "h5_info": {"type": "Wap"}}
        answer = await self._json("POST", f"/v3/pay/transactions/{order.way}", body)
        return {"state": "offered", "link": answer["code_url" if order.way == "native" else "h5_url"]}

    async def query(self, payment_id: str) -> PlatformAnswer:
        """The state of an order."""
        path = f"/v3/pay/transactions/out-trade-no/{payment_id}?mchid={self._provider.merchant_id}"
        return transaction(await self._json("GET", path))

    async def end(self, payment_id: str) -> PlatformAnswer:
        """Close an order; if it was paid meanwhile, return its state."""
        path = f"/v3/pay/transactions/out-trade-no/{payment_id}/close"
        try:
            await self._call("POST", path, {"mchid": self._provider.merchant_id})
        except PlatformRefused as refused:
            if refused.code in ("ORDERPAID", "ORDER_PAID", "TRADE_PAID"):
                return await self.query(payment_id)
            if refused.code not in ("ORDER_CLOSED", "ORDERCLOSED"):
                raise
        return {"state": "closed"}

    async def refund(self, payment_id: str, refund: Refund) -> PlatformAnswer:
        """Refund a payment. A second request with the same refund id refunds nothing more."""
        body = {
            "out_trade_no": payment_id,
            "out_refund_no": refund.refund_id,
            "notify_url": self._notify,
            "amount": {"refund": fen(refund.amount), "total": fen(refund.total), "currency": "CNY"},
        }
        reason = {"reason": refund.reason[:REFUND_REASON]} if refund.reason else {}
        return refunding(await self._json("POST", "/v3/refund/domestic/refunds", {**body, **reason}))

    async def refunded(self, refund_id: str) -> PlatformAnswer:
        """The state of a refund."""
        return refunding(await self._json("GET", f"/v3/refund/domestic/refunds/{refund_id}"))

    async def bill(self, day: date) -> list[StatementLine]:
        """All payments and refunds of a day; empty if there is no bill. Checks the hash of the download."""
        try:
            answer = await self._json("GET", f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL")
        except PlatformRefused as refused:
            if refused.code in ("NO_STATEMENT_EXIST", "NOT_FOUND"):
                return []
            raise
        url = urlsplit(str(answer["download_url"]))
        download = await self._send("GET", f"{url.scheme}://{url.netloc}", f"{url.path}?{url.query}", "")
        if hashlib.sha1(download.content, usedforsecurity=False).hexdigest() != answer["hash_value"]:
            raise PlatformTrouble("bill-altered")
        return list(lines(download.content.decode("utf-8-sig", "replace")))

    async def _json(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        return dict(orjson.loads((await self._call(method, path, body)).content))

    async def _call(self, method: str, path: str, body: JsonObject | None = None) -> httpx.Response:
        text = orjson.dumps(body).decode() if body is not None else ""
        base = urlsplit(self._provider.address)
        answer = await self._send(method, f"{base.scheme}://{base.netloc}", f"{self._prefix}{path}", text)
        try:
            self._signer.check(answer.headers, answer.content)
        except NotGenuine as error:
            raise PlatformTrouble("signature-invalid") from error
        return answer

    async def _send(self, method: str, base: str, path: str, text: str) -> httpx.Response:
        headers = {
            "authorization": self._signer.authorization(method, path, text),
            "accept": "application/json",
            "content-type": "application/json",
            "wechatpay-serial": self._provider.platform_key,
        }
        try:
            answer = await self._client.request(method, base + path, content=text, headers=headers)
        except httpx.HTTPError as error:
            raise PlatformTrouble(type(error).__name__) from error
        if answer.status_code in (200, 204):
            return answer
        try:
            code = str(orjson.loads(answer.content)["code"])
        except (ValueError, KeyError, TypeError) as error:  # the answer of a proxy, not of the platform
            raise PlatformTrouble(f"HTTP_{answer.status_code}") from error
        if not 400 <= answer.status_code < 500 or answer.status_code in (401, 429) or code in TRY_AGAIN:
            raise PlatformTrouble(code)
        raise PlatformRefused(code)


def fen(amount: Decimal) -> int:
    """Convert yuan to fen (1/100 yuan)."""
    return int(amount * FEN)


def transaction(resource: JsonObject) -> PlatformAnswer:
    """Read a transaction resource (of a query or a notification)."""
    state = STATES.get(str(resource.get("trade_state")), "closed")
    if state != "paid":
        return {"state": state}
    return {
        "state": state,
        "transaction_id": str(resource.get("transaction_id", "")),
        "amount": _yuan(resource, "total"),
        "happened": resource.get("success_time"),
    }


def refunding(resource: JsonObject) -> PlatformAnswer:
    """Read a refund resource (of an answer, or of a notification, which has `refund_status` instead of `status`)."""
    status = str(resource.get("refund_status") or resource.get("status"))
    state = REFUNDS.get(status, "refund-failed")
    return {
        "state": state,
        "refund_id": str(resource.get("out_refund_no", "")),
        "amount": _yuan(resource, "refund"),
        "reason": "" if state in REFUNDS.values() else status,
    }


def _yuan(resource: JsonObject, name: str) -> Decimal | None:
    """The amount `name` of a resource in yuan (the platform sends fen); None if it is missing."""
    amount = resource.get("amount")
    value = amount.get(name) if isinstance(amount, dict) else None
    return Decimal(value) / FEN if isinstance(value, int) else None
