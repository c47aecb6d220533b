"""Drive a running system, for the demo and the flow tests: clock, waiting, HL7 over MLLP, mailbox, APIs."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from careloop_client import CareLoop
from careloop_client.contacts.models import PersonMatch, Search
from deploy.catalogue import scopes
from deploy.demo.driven import Driven
from deploy.local.quiet import fingerprint, is_quiet, next_due
from deploy.simulators.mailbox import Mail
from services.his_adapter.formats.hl7.mllp import END, START
from shared.clock import SharedClock
from shared.tokens import mint_token


class StoryBroke(Exception):
    """An expected step of the story did not happen; the text says which."""


class PlayedBefore(StoryBroke):
    """The log knows the patient of the story already."""


class Director:
    """Drives a running system as user `name`; where two users are needed, create two directors.

    `careloop` is the generated client, `http` sends any other request, also malformed ones; `patient` asks as somebody
    who has a link of ours.
    """

    def __init__(self, system: Driven, name: str = "demo") -> None:
        self._system = system
        self.clock = SharedClock(system.settings.clock_file)
        self.zone = ZoneInfo(system.settings.hospital.zone)
        token = mint_token(system.signing_key, system.settings.auth, name, scopes(), timedelta(hours=1))
        bearer = {"authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=system.url, headers=bearer, timeout=30)
        self.patient = httpx.AsyncClient(base_url=system.patients_url, timeout=30)
        self.careloop = CareLoop(self.http)

    async def at(self, moment: datetime) -> None:
        """Wait until the system is at rest, then freeze the clock at `moment`."""
        await self.rest()
        self.clock.set(moment, 0)

    async def peek_due(self) -> datetime | None:
        """Return when the next timer is due; None without one."""
        return next_due(await self._status())

    async def next_due(self) -> datetime:
        """Jump to the next timer and wait until the system is at rest; return its time. Raises `StoryBroke`."""
        await self.rest()
        due = await self.peek_due()
        if due is None:
            raise StoryBroke("no timer is set, so there is nothing to jump to")
        self.clock.set(due, 0)
        await self.rest()
        return due.astimezone(self.zone)

    async def rest(self, seconds: float = 60) -> None:
        """Return when no group lags (twice, with nothing read between) and no timer is due. Raises `StoryBroke`."""
        deadline, before = time.monotonic() + seconds, ""
        while True:
            status = await self._status()
            due, positions = next_due(status), fingerprint(status)
            quiet = is_quiet(status, self._system.pending) and (due is None or due > self.clock())
            if quiet and positions == before:
                return
            before = positions if quiet else ""
            if self._system.failure:
                raise StoryBroke(self._system.failure)
            if time.monotonic() > deadline:
                raise StoryBroke(f"the system did not come to rest within {seconds:g} s")
            await asyncio.sleep(0.05)

    async def _status(self) -> dict[str, Any]:
        return await self._system.status()

    async def mllp(self, message: str) -> str:
        """Send one HL7 message; return the acknowledgement."""
        reader, writer = await asyncio.open_connection(*self._system.mllp)
        try:
            writer.write(START + message.encode() + END)
            await writer.drain()
            answer = await asyncio.wait_for(reader.readuntil(END), 20)
            return answer.strip(START + END).decode()
        finally:
            writer.close()

    async def get(self, path: str, **params: str) -> Any:
        """Return the `data` of a GET. Raises `StoryBroke` for a status other than 200."""
        answer = await self.http.get(path, params=params)
        if answer.status_code != 200:
            raise StoryBroke(f"GET {path} answered {answer.status_code}: {answer.text}")
        return answer.json()["data"]

    async def find(self, identifier: str) -> list[PersonMatch]:
        """Return the persons with the identifier `SYSTEM|VALUE`. Raises `ProblemAnswered`."""
        system, _, value = identifier.partition("|")
        return (await self.careloop.contacts.search_persons(Search(system=system, value=value))).data

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the JSON answer of a POST. Raises `StoryBroke` for a problem."""
        answer = await self.http.post(path, json=body)
        if answer.status_code >= 400:
            raise StoryBroke(f"POST {path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    def mails_to(self, address: str) -> list[Mail]:
        """Return all mails to an address, oldest first."""
        return [mail for mail in self._system.mailbox.mails if mail.to == address]

    def mail_to(self, address: str) -> Mail:
        """Return the newest mail to an address. Raises `StoryBroke` without one."""
        mails = self.mails_to(address)
        if not mails:
            raise StoryBroke(f"no mail reached {address}")
        return mails[-1]
