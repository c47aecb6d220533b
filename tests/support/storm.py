"""Kills or pauses processes at times derived from a seed, while patients are admitted and discharged."""

import asyncio
import os
import random
import signal
from dataclasses import dataclass
from datetime import timedelta

import httpx

from deploy.demo.director import Director
from deploy.local.system import System
from tests.support.eventually import eventually
from tests.support.systems import Patient

ASLEEP_SECONDS = 14.0
"""Longer than a session (10 s): a process that is paused so long has lost its partitions when it goes on."""


@dataclass(frozen=True, slots=True)
class Disruption:
    """After `after` seconds, kill `child`, or pause it for longer than its session (`number`: the signal)."""

    child: str
    after: float
    number: int = signal.SIGKILL


def schedule(seed: int, children: list[str]) -> list[Disruption]:
    """Plan to kill each child once, in an order and at times derived from the seed."""
    chance = random.Random(seed)
    return [Disruption(name, chance.uniform(0.3, 1.5)) for name in chance.sample(children, len(children))]


async def disrupt(system: System, disruptions: list[Disruption]) -> None:
    """Carry out the disruptions one after the other; a paused process is resumed."""
    sleeping = []
    for disruption in disruptions:
        await asyncio.sleep(disruption.after)
        child = system.supervisor.children[disruption.child]
        pid = await eventually(lambda child=child: child.pid, seconds=60)  # after a crash of its own it comes back
        os.kill(pid, disruption.number)
        if disruption.number == signal.SIGSTOP:
            sleeping.append(asyncio.create_task(_wake(pid)))
    await asyncio.gather(*sleeping)


async def _wake(pid: int) -> None:
    await asyncio.sleep(ASLEEP_SECONDS)
    os.kill(pid, signal.SIGCONT)


class PatientGroup:
    """Patients who are admitted and discharged at the same time. Messages are repeated until they are acknowledged."""

    def __init__(self, director: Director, count: int) -> None:
        self._director = director
        self.patients = [Patient.new() for _ in range(count)]
        self.acknowledged = 0

    async def discharge(self) -> None:
        """Admit and discharge every patient."""
        now = self._director.clock()
        slots = asyncio.Semaphore(4)

        async def one(patient: Patient) -> None:
            async with slots:
                await self._send_until_acknowledged(patient.says("ADT^A01", "IN", now - timedelta(days=3)))
                await asyncio.sleep(0.5)
                await self._send_until_acknowledged(patient.says("ADT^A03", "OUT", now))

        await asyncio.gather(*(one(patient) for patient in self.patients))

    async def _send_until_acknowledged(self, message: str) -> None:
        async def answer() -> str:
            try:
                return await self._director.mllp(message)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                return ""

        await eventually(answer, lambda answered: "MSA|AA" in answered or "MSA|CA" in answered, seconds=60)
        self.acknowledged += 1

    async def answer(self) -> int:
        """Answer each survey that was mailed with 1 of 5. Returns the number of answers."""
        mails = [mail for patient in self.patients for mail in self._director.mails_to(patient.mail)]
        links = {word for mail in mails for word in mail.body.split() if "/followup/s/" in word}
        await asyncio.gather(*(self._answered(link) for link in links))
        return len(links)

    async def _answered(self, link: str) -> None:
        async def status() -> int:
            try:
                page = await self._director.http.post(link, data={"score": "1"}, headers={"authorization": ""})
            except httpx.HTTPError:
                return 503
            return page.status_code

        await eventually(status, lambda code: code in (200, 409), seconds=60)
