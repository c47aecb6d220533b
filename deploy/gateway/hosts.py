"""Check the `Host` of requests to the gateway, against DNS rebinding (a foreign name that resolves to this machine)."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.host.hops import beyond
from shared.problems import problem


class KnownHost:
    """ASGI middleware: answers 421 unless `Host` is this machine or one of `hosts`, on any port.

    Health is answered under every name: orchestrators ask by address.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app, self._hosts = app, {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        by_name = scope["type"] == "http" and not scope["path"].startswith("/health/")
        if by_name and not self._is_own(host := Request(scope).headers.get("host", "")):
            names = "ask localhost, or the name in CARELOOP_HOSPITAL__PUBLIC_URL"
            detail = f"`Host: {host[:100]}` is none of this gateway's names: {names}"
            await problem(421, "host-unknown", detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._hosts or not beyond(name)
