"""What a director drives: a system of `careloop up`, or one in containers."""

import asyncio
from pathlib import Path
from typing import Any, Protocol

import httpx

from deploy.catalogue import mount_of, process_name, process_names
from deploy.operating.statuses import Processes, as_operator, waiting
from deploy.ops.settings import OpsSettings
from deploy.settings import AllSettings
from deploy.simulators.mailbox import Mailbox
from services.his_adapter.formats.settings import FormatSettings
from services.notify.settings import NotifySettings

EVERYWHERE = "0.0.0.0"


class Driven(Protocol):
    """A running system."""

    settings: AllSettings
    mailbox: Mailbox

    @property
    def url(self) -> str:
        """Its gateway."""

    @property
    def patients_url(self) -> str:
        """Where patients reach it."""

    @property
    def mllp(self) -> tuple[str, int]:
        """Host and port of its MLLP server."""

    @property
    def signing_key(self) -> Path:
        """The file of the key that signs tokens."""

    @property
    def pending(self) -> int:
        """How much the simulators have not delivered yet."""

    @property
    def failure(self) -> str | None:
        """Why the system ended, if it did."""

    async def status(self) -> dict[str, dict[str, Any]]:
        """How each process is."""


class InContainers:
    """A system in containers: each process is asked under its name. The mail relay is played here."""

    failure = None

    def __init__(self, settings: AllSettings, patients_url: str) -> None:
        self.settings, self.patients_url = settings, patients_url
        own, relay = OpsSettings.of(settings).ops, NotifySettings.of(settings).smtp
        assert own.signing_key_file is not None
        self.url, self.signing_key = own.gateway, own.signing_key_file
        self.mllp = process_name("his_adapter", "intake"), FormatSettings.of(settings).mllp.port
        callback = f"{self.url}/{mount_of('notify')}/v1/receipts/email"
        self.mailbox = Mailbox(relay.port, callback, relay.callback_secret.get_secret_value(), EVERYWHERE)
        self._addresses = {name: own.url_of(name) for name in process_names()}

    @property
    def pending(self) -> int:
        """How many mails are not reported as delivered yet."""
        return self.mailbox.pending

    async def status(self) -> dict[str, dict[str, Any]]:
        """How each process is."""
        headers = as_operator(self.signing_key, self.settings.auth, "story")
        async with httpx.AsyncClient(headers=headers) as client:
            return await Processes(client, self._addresses).status()

    async def until_ready(self, seconds: float = 180) -> None:
        """Return when every process is ready. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while waiting(await self.status()):  # noqa: ASYNC110 not ours to signal
                await asyncio.sleep(1)
