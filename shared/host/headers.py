"""Security headers of every answer: no caching, no sniffing, no framing."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""A route that needs another value sets it, for example a page its own Content-Security-Policy."""
PAGE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
"""The policy of a page with inline style, an empty icon, and a form that is posted back here.

`base-uri` does not fall back to `default-src`: without it an injected `<base>` would send the form elsewhere.
"""
HSTS = "max-age=31536000; includeSubDomains"


class SecurityHeaders:
    """ASGI middleware: adds `HEADERS` to every answer, and Strict-Transport-Security over https."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self._app = app
        self._headers = {**HEADERS, **({"strict-transport-security": HSTS} if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, headed)
