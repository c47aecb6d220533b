"""How commands find their system: by the data folder of `careloop up`, else by CARELOOP_… variables."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from deploy.catalogue import scopes
from deploy.local.options import NotRunning, Options, addresses, environment, load_secrets, recall, settings_from
from deploy.settings import AllSettings
from shared.tokens import mint_token

if TYPE_CHECKING:
    import httpx

DataDir = Annotated[Path, typer.Option("--data-dir", help="the data folder that `careloop up` was started with")]
AsJson = Annotated[bool, typer.Option("--json", help="machine-readable output")]
DEFAULT_DIR = Path("var/up")
NOT_LOCAL = "this command needs a system started by `careloop up`: give its --data-dir"
out = Console(width=None if sys.stdout.isatty() else 160)


class UserError(Exception):
    """An error that the user can fix; the text is one sentence that says how."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The system of a command. `options` and `pid` are None if it was not started by `careloop up`."""

    settings: AllSettings
    options: Options | None
    pid: int | None

    def client(self, subject: str = "careloop-cli", senders: Sequence[str] = ()) -> "httpx.Client":
        """Return an HTTP client of the gateway with all scopes, as user `subject`, allowed to use `senders`.

        Raises `UserError` for a system that was not started by `careloop up`.
        """
        import httpx  # slow to import (0.5 s), and most commands do not need it

        return httpx.Client(**self._gateway(subject, senders))

    def caller(self, subject: str) -> "httpx.AsyncClient":
        """Return the same for `careloop_client`."""
        import httpx

        return httpx.AsyncClient(**self._gateway(subject, ()))

    def _gateway(self, subject: str, senders: Sequence[str]) -> dict[str, Any]:
        if self.options is None:
            raise UserError(NOT_LOCAL)
        claims: dict[str, Any] = {"senders": senders} if senders else {}
        token = self.token(scopes(), timedelta(hours=1), subject, **claims)
        return {"base_url": self.options.url, "headers": {"authorization": f"Bearer {token}"}, "timeout": 30}

    def status(self) -> dict[str, dict[str, Any]]:
        """Return role → status, asked at the address of each role, since the gateway may not forward it."""
        from deploy.gateway.backends import Backends

        if self.options is None:
            raise UserError(NOT_LOCAL)
        folder = self.options.data_dir

        async def statuses() -> dict[str, dict[str, Any]]:
            backends = Backends({}, addresses(folder), None, lambda name: folder / "logs" / f"{name}.log")
            try:
                return await backends.status()
            finally:
                await backends.client.aclose()

        return asyncio.run(statuses())

    def token(self, scopes: list[str], lifetime: timedelta, subject: str = "careloop-cli", **claims: Any) -> str:
        """Return a bearer token signed with the local key; `claims` as in `mint_token`. Raises `UserError`."""
        key = self.settings.data_dir / "token-key.pem"
        if not key.exists():
            raise UserError(f"{key} is missing: local tokens need a system started by `careloop up`")
        return mint_token(key, self.settings.auth, subject, scopes, lifetime, **claims)


def context(data_dir: Path) -> CommandContext:
    """Return the system of a data folder, else the one of the environment. Raises `UserError` without either."""
    try:
        pid, options = recall(data_dir)
    except NotRunning as error:
        if "CARELOOP_KAFKA__BOOTSTRAP_SERVERS" in os.environ:
            return CommandContext(AllSettings(), None, None)
        raise UserError(str(error)) from error
    return CommandContext(settings_from(environment(options, load_secrets(options.data_dir))), options, pid)


def show(data: Any, as_json: bool, text: Callable[[Any], Any]) -> None:
    """Print `data` as JSON, or as the text or table that `text` returns for it."""
    if as_json:
        print(json.dumps(data, ensure_ascii=False, default=str, indent=1))
    else:
        output = text(data)
        print(output) if isinstance(output, str) else out.print(output)
