"""WeChat Pay's API v3 over real HTTP: our client and the widely used SDK against the same local platform."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType

from deploy.key_pairs import mint_key
from deploy.simulators.wechat.account import MERCHANT, PLATFORM, SERIAL, Account
from deploy.simulators.wechat.platform import Platform
from deploy.simulators.wechat.routes import routes
from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.settings import PaymentKeys
from services.his_adapter.payments.signing import NotGenuine, Signer
from services.his_adapter.payments.statement import PlatformRefused, PlatformTrouble, StatementLine, lines
from services.his_adapter.payments.wechat import WeChatPay
from shared.contracts.base import changed
from shared.contracts.his_payments import PaymentOrder, Refund
from tests.support.eventually import eventually

NINE = datetime(2026, 3, 9, 1, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"
ORDER = PaymentOrder(provider="wechat", amount=Decimal("380.10"), description="胸部CT, 平扫", expires=NINE)


class Town:
    """A platform at an address, with what it reported to the merchant."""

    def __init__(self, folder: Path, port: int) -> None:
        for name in ("merchant", "platform"):
            mint_key(folder / f"{name}-key.pem", folder / f"{name}-key.pub", rsa=True)
        self.platform = Platform(Account.of(folder, SECRET), lambda: NINE)
        self.base, self.folder = f"http://127.0.0.1:{port}", folder
        self.reports: list[tuple[dict[str, str], bytes]] = []
        self.app = FastAPI()
        self.app.include_router(routes(self.platform, "/dev/wechat"))

        @self.app.post("/reports")
        async def report(request: Request) -> None:
            self.reports.append((dict(request.headers), await request.body()))

    def provider(self, **more: Any) -> Provider:
        fields = {"app_id": "wx1", "merchant_id": MERCHANT, "certificate_serial": SERIAL, "platform_key": PLATFORM}
        return Provider(**{"id": "wechat", "version": 1, "address": f"{self.base}/dev/wechat", **fields, **more})

    def signer(self, **more: Any) -> Signer:
        files = {"private_key_file": "merchant-key.pem", "platform_key_file": "platform-key.pub"}
        keys = {name: self.folder / file for name, file in files.items()}
        return Signer.of(self.provider(**more), PaymentKeys.model_validate({**keys, "api_v3_key": SECRET}))

    def account(self, **more: Any) -> WeChatPay:
        return WeChatPay(self.provider(**more), self.signer(**more), f"{self.base}/reports")

    async def reported(self) -> tuple[dict[str, str], bytes]:
        return (await eventually(lambda: self.reports)).pop()


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        new_town = Town(tmp_path_factory.mktemp("keys"), taken.getsockname()[1])
        server = uvicorn.Server(uvicorn.Config(new_town.app, log_level="error", lifespan="off"))
        serving = asyncio.create_task(server.serve([taken]))
        yield new_town
        server.should_exit = True
        await serving
        await new_town.platform.stop()


async def test_an_order_is_made_paid_reported_looked_up_and_given_back(town: Town) -> None:
    account = town.account()
    assert await account.order("P1", ORDER) == {"state": "offered", "link": "weixin://wxpay/bizpayurl?pr=P1"}
    assert (await account.query("P1"))["state"] == "unpaid"
    town.platform.pay("P1")
    payment = await account.query("P1")
    assert (payment["state"], payment["amount"], payment["happened"]) == (
        "paid",
        Decimal("380.1"),
        "2026-03-09T09:00:00+08:00",
    )
    headers, body = await town.reported()
    town.signer().check(headers, body)
    assert town.signer().opened(body)["transaction_id"] == payment["transaction_id"]
    assert (await account.end("P1"))["state"] == "paid"
    refund = Refund(refund_id="R1", amount=Decimal("80.10"), total=ORDER.amount, reason="多收")
    assert [(await account.refund("P1", refund))["state"], (await account.refunded("R1"))["state"]] == ["refunded"] * 2
    with pytest.raises(PlatformRefused, match="NOT_ENOUGH"):
        await account.refund("P1", changed(refund, refund_id="R2", amount=Decimal("380.10")))
    assert await account.bill(date(2026, 3, 9)) == [
        StatementLine("P1", payment["transaction_id"], Decimal("380.10")),
        StatementLine("P1", payment["transaction_id"], Decimal("80.10"), "R1", refunded=True),
    ]
    assert await account.bill(date(2026, 3, 8)) == []
    await account.close()


async def test_the_sdk_others_use_is_served_the_same_and_reads_our_reports(town: Town) -> None:
    private = (town.folder / "merchant-key.pem").read_text()
    public = (town.folder / "platform-key.pub").read_text()
    sdk: Any = AsyncWeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=MERCHANT,
        private_key=private,
        cert_serial_no=SERIAL,
        apiv3_key=SECRET,
        appid="wx1",
        notify_url=f"{town.base}/reports",
        public_key=public,
        public_key_id=PLATFORM,
    )
    sdk._core._gate_way = town.base
    async with sdk:
        raw = sdk._core.request

        async def prefixed(path: str, *rest: Any, **more: Any) -> Any:
            return await raw(f"/dev/wechat{path}", *rest, **more)

        sdk._core.request = prefixed
        code, _ = await sdk.pay(description="挂号费", out_trade_no="P2", amount={"total": 500})
        assert code == 200
        town.platform.pay("P2")
        headers, body = await town.reported()
        assert sdk.callback(headers, body)["resource"]["trade_state"] == "SUCCESS"
        town.signer().check(headers, body)
        code, _ = await sdk.query(out_trade_no="P2")
        assert code == 200


async def test_keys_that_do_not_fit_are_noticed_on_either_side(town: Town, tmp_path: Path) -> None:
    wrong = town.account(certificate_serial="other")
    with pytest.raises(PlatformTrouble, match="SIGN_ERROR"):
        await wrong.order("P3", ORDER)
    strange = town.account(platform_key="PUB_KEY_ID_other")
    with pytest.raises(PlatformTrouble, match="signature-invalid"):
        await strange.order("P4", ORDER)
    for account in (wrong, strange):
        await account.close()


async def test_a_platform_that_is_away_or_ill_is_trouble_and_no_answer(town: Town) -> None:
    away = town.account(address="http://127.0.0.1:1")
    with pytest.raises(PlatformTrouble, match="ConnectError"):
        await away.query("P1")
    town.platform.mood, ill = "silent", town.account()
    with pytest.raises(PlatformTrouble, match="SYSTEM_ERROR"):
        await ill.query("P1")
    town.platform.mood = ""
    with pytest.raises(PlatformRefused, match="ORDER_NOT_EXIST"):
        await ill.query("P0")
    for account in (away, ill):
        await account.close()


async def test_a_word_of_a_proxy_is_no_answer_of_the_platform(town: Town) -> None:
    for status, body in ((403, b"<html>blocked</html>"), (404, b"{}"), (202, b'{"code": "USERPAYING"}'), (302, b"")):
        account = town.account()

        def say(request: httpx.Request, status: int = status, body: bytes = body) -> httpx.Response:
            return httpx.Response(status, content=body)

        account._client = httpx.AsyncClient(transport=httpx.MockTransport(say))
        with pytest.raises(PlatformTrouble):
            await account.query("P1")
        await account.close()


def test_a_report_that_is_old_altered_or_sealed_otherwise_is_not_genuine(town: Town) -> None:
    signer, body = (
        town.signer(),
        b'{"resource": {"nonce": "123456789012", "ciphertext": "%s"}}' % base64.b64encode(b"x" * 20),
    )
    signed = town.platform.account.signed(body)
    signer.check(signed, body)
    for headers, body_sent in (
        (signed, body + b" "),
        (town.platform.account.signed(body, seconds_ago=302), body),
        ({**signed, "wechatpay-serial": "other"}, body),
        ({**signed, "wechatpay-signature": "!"}, body),
        ({**signed, "wechatpay-signature": "\u00e9"}, body),
        ({**signed, "wechatpay-timestamp": "\u00b2"}, body),
        ({**signed, "wechatpay-timestamp": "9" * 5000}, body),
        ({**signed, "wechatpay-nonce": "\u00e9"}, body),
        ({}, body),
    ):
        with pytest.raises(NotGenuine):
            signer.check(headers, body_sent)
    for body_sent in (body, b"{}", b"[]", b"no json", b'{"resource": 1}', b'{"resource": {"associated_data": 1}}'):
        with pytest.raises(NotGenuine):
            signer.opened(body_sent)


def test_a_bill_with_commas_and_sums_is_read_and_a_broken_one_is_trouble() -> None:
    head = "交易时间,微信订单号,商户订单号,交易状态,商户退款单号,退款金额,退款状态,商品名称,订单金额"
    row = "`2026-03-09 09:00:00,`42,`P1,`SUCCESS,`,`0.00,`,`a, b,`380.10"
    sums = "总交易单数,应结订单总金额\n`1,`380.10"
    assert list(lines(f"\ufeff{head}\r\n{row}\r\n{sums}\r\n")) == [StatementLine("P1", "42", Decimal("380.10"))]
    assert list(lines(f"{head}\n{sums}")) == []
    for broken in (f"{head}\n`1,`2", f"{head[:-4]}\n{row}", f"{head}\n{row.replace('380.10', 'viel')}"):
        with pytest.raises(PlatformTrouble, match="bill-unreadable"):
            list(lines(broken))
