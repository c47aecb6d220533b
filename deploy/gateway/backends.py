"""What is behind the gateway: where each service answers, and how the processes are."""

from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from deploy.catalogue import intakes
from deploy.operating.statuses import Processes
from shared.host.asking_again import AskingAgain


class Backends:
    """Addresses by service and role (`apis`), and of every process (`health`).

    `pids` returns the expected process id of a role, to detect another process on its port; None: not checked.
    `console`: the address of the console, if one runs: it answers what no service does.
    """

    def __init__(
        self,
        apis: dict[tuple[str, str], str],
        health: dict[str, str],
        pids: Callable[[str], int | None] | None,
        logs: Callable[[str], object] = str,
        console: str | None = None,
    ) -> None:
        self.apis, self.console = apis, console
        limits = httpx.Limits(max_connections=400, keepalive_expiry=2)  # less than the services' 5 s
        forgetful = CookieJar(DefaultCookiePolicy(allowed_domains=[]))  # a cookie belongs to its browser
        plain = {"accept-encoding": "identity"}
        transport = AskingAgain(httpx.AsyncHTTPTransport(limits=limits))
        self.client = httpx.AsyncClient(timeout=30, transport=transport, headers=plain, cookies=forgetful)
        self._processes = Processes(self.client, health, pids, logs)

    def api_of(self, service: str, path: str) -> str:
        """Return the address of the role that serves a path of a service."""
        prefixes = intakes().get(service, ())
        by_intake = any(path == prefix or path.startswith(f"{prefix}/") for prefix in prefixes)
        return self.apis[service, "intake" if by_intake else "api"]

    async def ask(self, name: str, path: str) -> dict[str, Any]:
        """Return the JSON answer of a role, or {"ready": False, "error": …, "log": …}."""
        return await self._processes.ask(name, path)

    async def status(self) -> dict[str, dict[str, Any]]:
        """Return role → status."""
        return await self._processes.status()
