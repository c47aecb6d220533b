"""Routes of the platform's API, and the page that pays an order."""

from collections.abc import Callable
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from deploy.simulators.wechat.account import No
from deploy.simulators.wechat.platform import Platform


def routes(platform: Platform, prefix: str) -> APIRouter:
    """Return the routes under a prefix."""
    router = APIRouter(prefix=prefix)

    async def answered(request: Request, answer: Callable[[dict[str, Any]], Any]) -> Response:
        raw = await request.body()
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        try:
            platform.account.admit(request.method, path, request.headers.get("authorization", ""), raw)
            if platform.mood == "silent":
                raise No(500, "SYSTEM_ERROR")
            result = answer(orjson.loads(raw or b"{}"))
            body, status = (orjson.dumps(result), 200) if result is not None else (b"", 204)
        except No as refusal:
            body, status = orjson.dumps({"code": refusal.code, "message": refusal.code}), refusal.status
        return Response(body, status, platform.account.signed(body))

    @router.post("/v3/pay/transactions/{way}")
    async def order(way: str, request: Request) -> Response:
        return await answered(request, lambda body: platform.order(way, body))

    @router.get("/v3/pay/transactions/out-trade-no/{number}")
    async def query(number: str, request: Request) -> Response:
        return await answered(request, lambda body: platform.shown(number))

    @router.post("/v3/pay/transactions/out-trade-no/{number}/close")
    async def close(number: str, request: Request) -> Response:
        return await answered(request, lambda body: platform.close(number))

    @router.post("/v3/refund/domestic/refunds")
    async def refund(request: Request) -> Response:
        return await answered(request, platform.refund)

    @router.get("/v3/refund/domestic/refunds/{number}")
    async def refunded(number: str, request: Request) -> Response:
        return await answered(request, lambda body: platform.refunded(number))

    @router.get("/v3/bill/tradebill")
    async def bill(bill_date: str, request: Request) -> Response:
        return await answered(
            request, lambda body: platform.bill(bill_date, str(request.base_url).rstrip("/") + prefix)
        )

    @router.get("/v3/billdownload/file")
    async def download(token: str) -> Response:
        return Response(platform.file(token))

    @router.get("/pay/{number}", response_class=HTMLResponse)
    async def pay(number: str) -> str:
        platform.pay(number)
        return "<!doctype html><meta charset=utf-8><title>Paid</title><h1>支付成功 · Paid</h1>"

    return router
