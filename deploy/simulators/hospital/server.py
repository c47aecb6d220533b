"""The MLLP server of the simulated hospital: answers requests, reports changes, and can be made to misbehave."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Literal

import hl7
from hl7.mllp import InvalidBlockError, open_hl7_connection, start_hl7_server

from deploy.simulators.hospital.books import SimulatedBooks
from deploy.simulators.hospital.desk import Desk

log = logging.getLogger(__name__)
Mood = Literal["", "deaf", "mute", "later", "busy"]
"""Normal; ignores requests; executes without an answer; answers later over its own connection; answers "busy"."""


class SimulatedHospital:
    """The server. It sends its news to MLLP port `listener`, if `tells`; `pending` counts news not delivered yet.

    `asked` are the control ids of received messages.
    """

    def __init__(self, port: int, listener: int, now: Callable[[], datetime]) -> None:
        self._port, self._listener = port, listener
        self.books = SimulatedBooks()
        self.desk = Desk(self.books, now)
        self.mood: Mood = ""
        self.tells = True
        self.asked: list[str] = []
        self.pending = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Listen on loopback."""
        self._server = await start_hl7_server(self._serve, "127.0.0.1", self._port, encoding="utf-8")

    async def stop(self) -> None:
        """Stop listening and sending."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: Any, writer: Any) -> None:
        self._keep(asyncio.current_task())
        try:
            while True:
                if answer := self._answer(await reader.readmessage()):
                    writer.writeblock(answer.encode())
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, InvalidBlockError):
            log.info("a connection ended")
        finally:
            writer.close()

    def _keep(self, task: "asyncio.Task[Any] | None") -> None:
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _answer(self, message: Any) -> str:
        control = str(message.extract_field("MSH", 1, 10))
        query = str(message.extract_field("MSH", 1, 9)) in ("QBP", "SQM")
        self.asked.append(control)
        if self.mood == "deaf":
            return ""
        if self.mood == "busy":
            return str(message.create_ack("AE")) + "\rERR|||207^Application internal error^HL70357|E\r"
        answer = self.desk.answer(message)
        news, self.desk.news = self.desk.news, []
        later = [answer] if self.mood == "later" and not query else []
        for text in [*later, *(news if self.tells else ())]:
            self.pending += 1
            self._keep(asyncio.create_task(self._send(text)))
        if self.mood == "mute" and not query:
            return ""
        return str(message.create_ack("CA")) if later else answer

    async def _send(self, text: str) -> None:
        """Send a message to CareLoop until it is acknowledged, for five minutes."""
        try:
            for pause in (0.1, 1, *(5 for _ in range(60))):
                await asyncio.sleep(pause)
                with suppress(OSError, asyncio.IncompleteReadError, InvalidBlockError):
                    reader, writer = await open_hl7_connection("127.0.0.1", self._listener, encoding="utf-8")
                    try:
                        writer.writemessage(hl7.parse(text))
                        await writer.drain()
                        if str((await reader.readmessage()).extract_field("MSA", 1, 1)) in ("AA", "CA"):
                            return
                    finally:
                        writer.close()
            log.warning("news could not be delivered")
        finally:
            self.pending -= 1
