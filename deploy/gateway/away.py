"""What the gateway answers while what is behind it does not: a problem for programs, a page for people."""

import httpx
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from shared.host.headers import PAGE
from shared.problems import problem

CONSOLE = "the console"
AGAIN_SECONDS = 3
RETRY = {"retry-after": str(AGAIN_SECONDS)}
PAGE_OF = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
{again}<title>CareLoop</title></head>
<body><main><h1>{zh}</h1><p>{zh_more}</p><h1 lang="en">{en}</h1><p lang="en">{en_more}</p></main></body></html>
"""
AGAIN = f'<meta http-equiv="refresh" content="{AGAIN_SECONDS}">'
KEPT = "您输入的内容保留在此标签页中。", "What you typed is kept in this tab."
"""What the console's pages do with texts (`console/static/drafts.js`)."""


def away(request: Request, who: str, error: Exception) -> Response:
    """The answer with status 503. `who`: the service or the console."""
    slow = isinstance(error, httpx.TimeoutException)
    if "text/html" in request.headers.get("accept", ""):
        page = _slow() if slow else _restarting(who)
        return HTMLResponse(page, 503, {**RETRY, "content-security-policy": PAGE})
    detail = f"{who} does not answer ({type(error).__name__}): it is restarting or its log says why"
    if slow:
        detail = f"{who} did not answer in time: look whether it is done before you ask again"
    return problem(503, "service-unavailable", detail, RETRY)


def _restarting(who: str) -> str:
    kept_zh, kept_en = KEPT if who == CONSOLE else ("", "")
    return PAGE_OF.format(
        again=AGAIN,
        zh="系统正在重新启动",
        zh_more=f"请稍候，本页会自动重试。{kept_zh}",
        en="The system is restarting",
        en_more=f"Please wait: this page tries again by itself. {kept_en}",
    )


def _slow() -> str:
    """Nobody knows what became of the request; to ask again by itself would only make the system busier."""
    return PAGE_OF.format(
        again="",
        zh="处理时间过长",
        zh_more="系统仍在处理这一请求。请先返回上一页确认结果，稍后再试。",
        en="This takes too long",
        en_more="The system may still be working on it. Go back, look whether it is done, and try again later.",
    )
