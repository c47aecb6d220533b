"""What the gateway answers while what is behind it does not: a problem for programs, a page for people."""

import httpx
from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from shared.host.headers import PAGE
from shared.problems import problem

CONSOLE = "the console"
AGAIN_SECONDS = 3
TEXT = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{seconds}"><title>CareLoop</title></head>
<body><main>
<h1>系统正在重新启动</h1><p>请稍候，本页会自动重试。{kept_zh}</p>
<h1 lang="en">The system is restarting</h1><p lang="en">Please wait: this page tries again by itself. {kept_en}</p>
</main></body></html>
"""
SLOW = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>CareLoop</title></head>
<body><main>
<h1>处理时间过长</h1><p>系统仍在处理这一请求。请先返回上一页确认结果，稍后再试。</p>
<h1 lang="en">This takes too long</h1>
<p lang="en">The system may still be working on it. Go back, look whether it is done, and try again later.</p>
</main></body></html>
"""
KEPT = "您输入的内容保留在此标签页中。", "What you typed is kept in this tab."
"""What the console's pages do with texts (`console/static/drafts.js`)."""


def away(request: Request, who: str, error: Exception) -> Response:
    """The answer with status 503. `who`: the service or the console."""
    again = {"retry-after": str(AGAIN_SECONDS)}
    if isinstance(error, httpx.TimeoutException):  # asking again would only make it busier
        return _slow(request, who, again)
    if "text/html" in request.headers.get("accept", ""):
        zh, en = KEPT if who == CONSOLE else ("", "")
        page = TEXT.format(seconds=AGAIN_SECONDS, kept_zh=zh, kept_en=en)
        return HTMLResponse(page, 503, {**again, "content-security-policy": PAGE})
    detail = f"{who} does not answer ({type(error).__name__}): it is restarting or its log says why"
    return problem(503, "service-unavailable", detail, again)


def _slow(request: Request, who: str, again: dict[str, str]) -> Response:
    """It answers too late: nobody knows what became of it."""
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(SLOW, 503, {**again, "content-security-policy": PAGE})
    detail = f"{who} did not answer in time: look whether it is done before you ask again"
    return problem(503, "service-unavailable", detail, again)
