"""How commands find the system they act on: a data directory of `up`, else the environment."""

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
from deploy.tokens import mint_token

if TYPE_CHECKING:
    import httpx

DataDir = Annotated[Path, typer.Option("--data-dir", help="the data directory that `careloop up` was started with")]
AsJson = Annotated[bool, typer.Option("--json", help="machine-readable output")]
DEFAULT_DIR = Path("var/up")
NOT_LOCAL = "this command needs a system started by `careloop up`: give its --data-dir"
out = Console(width=None if sys.stdout.isatty() else 160)


class UserError(Exception):
    """Something the user can mend; the text is one sentence and says how."""


@dataclass(frozen=True, slots=True)
class Context:
    """The settings of the system a command acts on, and its gateway where it was started by `up`."""

    settings: AllSettings
    options: Options | None
    pid: int | None

    def client(self, subject: str = "careloop-cli", senders: Sequence[str] = ()) -> "httpx.Client":
        """An HTTP client for the gateway with every scope, in somebody's name; it speaks for these senders."""
        import httpx  # half a second that most commands need not wait

        if self.options is None:
            raise UserError(NOT_LOCAL)
        claims: dict[str, Any] = {"senders": senders} if senders else {}
        token = self.token(scopes(), timedelta(hours=1), subject, **claims)
        return httpx.Client(base_url=self.options.url, headers={"authorization": f"Bearer {token}"}, timeout=30)

    def status(self) -> dict[str, dict[str, Any]]:
        """What each role says of itself, asked where it listens: beyond this machine the gateway tells it to nobody."""
        from deploy.local.gateway import Backends

        if self.options is None:
            raise UserError(NOT_LOCAL)
        directory = self.options.data_dir

        async def asked() -> dict[str, dict[str, Any]]:
            backends = Backends({}, addresses(directory), None, lambda name: directory / "logs" / f"{name}.log")
            try:
                return await backends.status()
            finally:
                await backends.client.aclose()

        return asyncio.run(asked())

    def token(self, scopes: list[str], lifetime: timedelta, subject: str = "careloop-cli", **claims: Any) -> str:
        """A bearer token signed with the local key; `claims` as of `mint_token`."""
        key = self.settings.data_dir / "token-key.pem"
        if not key.exists():
            raise UserError(f"{key} is missing: local tokens need a system started by `careloop up`")
        return mint_token(key, self.settings.auth, subject, scopes, lifetime, **claims)


def context(data_dir: Path) -> Context:
    """The system behind a data directory, else the one the environment describes."""
    try:
        pid, options = recall(data_dir)
    except NotRunning as error:
        if "CARELOOP_KAFKA__BOOTSTRAP_SERVERS" in os.environ:
            return Context(AllSettings(), None, None)
        raise UserError(str(error)) from error
    return Context(settings_from(environment(options, load_secrets(options.data_dir))), options, pid)


def show(data: Any, as_json: bool, text: Callable[[Any], Any]) -> None:
    """Print `data` as JSON, or what `text` makes of it."""
    if as_json:
        print(json.dumps(data, ensure_ascii=False, default=str, indent=1))
    else:
        told = text(data)
        print(told) if isinstance(told, str) else out.print(told)
