"""One process of the console: reads the staff definitions and the events, serves pages, ends non-zero if any fails."""

import asyncio
import gc
import logging
import signal
from collections.abc import Iterator

from console.app import build
from console.backend import Backend
from console.desk import Desk
from console.live.hub import Live
from console.lockout import Lockout
from console.pages import Pages
from console.provider import Provider
from console.screens import SCREENS
from console.session import Sessions
from console.settings import ConsoleSettings
from console.staff_events import StaffEvents
from console.users import UsersFile
from shared import logs, telemetry
from shared.clock import SharedClock
from shared.definition_reader import DefinitionReader
from shared.host.hops import plain
from shared.host.openings import kafka_faults, listening_faults, not_accepted, refuse_for
from shared.host.server import Server
from shared.uses import Fault

log = logging.getLogger(__name__)


class Console:
    """Runs until stopped; `failure` is the exception that ended it."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._settings = settings
        self.failure: BaseException | None = None
        self.stopping = asyncio.Event()

    def fatal(self, error: BaseException) -> None:
        """Record the first failure and stop."""
        if self.failure is None:
            log.error("the console stops: %s", error, exc_info=error)
            self.failure = error
        self.stopping.set()

    async def run(self) -> None:
        """Serve until a signal or a failure."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.stopping.set)
        staff, backend = DefinitionReader(self._settings.kafka, ["contacts"], self.fatal), Backend(self._settings)
        events = StaffEvents(self._settings.kafka, self.fatal)
        desk = desk_of(self._settings, staff, backend, events)
        runs = (staff.run, events.run, desk.live.run, Server(build(desk), self._settings).serve)
        tasks = [asyncio.create_task(run()) for run in runs]
        for task in tasks:
            task.add_done_callback(self._ended)
        await self.stopping.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await backend.close()

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and not self.stopping.is_set():
            self.fatal(task.exception() or RuntimeError("a part of the console ended"))


def desk_of(settings: ConsoleSettings, staff: DefinitionReader, backend: Backend, events: StaffEvents) -> Desk:
    """The parts of the console."""
    hospital = settings.hospital
    clock = SharedClock(settings.clock_file)
    own, pages = settings.console, Pages(clock, hospital.zone, hospital.name, SCREENS)
    lockout = Lockout(own.failed_sign_ins, events, staff, backend)
    users = UsersFile(own.users_file) if own.users_file else None
    provider = Provider(own.oidc, hospital.public_url) if own.oidc.issuer else None
    live = Live(settings.kafka, own.key)
    return Desk(settings, Sessions(own), staff, backend, pages, clock, lockout, events, live, users, provider)


def faults(settings: ConsoleSettings) -> Iterator[Fault]:
    """What is open to others: passwords come in here, and tokens of everybody go out."""
    yield from listening_faults(settings)
    yield from kafka_faults(settings)
    if plain(settings.console.gateway):
        yield Fault(f"CARELOOP_CONSOLE__GATEWAY is {settings.console.gateway}: tokens would pass in plain", "gateway")


def main(settings: ConsoleSettings) -> int:
    """Run the process; returns its exit code: 0 after a signal, 3 after a failure.

    Raises ValueError for a setting, SystemExit with everything that is open to others.
    """
    refuse_for("the console", not_accepted(settings, faults(settings)))
    logs.start()
    provider = telemetry.start("console", settings.span_file)

    async def body() -> int:
        gc.freeze()  # the modules stay; what pages leave behind is collected as usual
        console = Console(settings)
        await console.run()
        return 3 if console.failure else 0

    try:
        return asyncio.run(body())
    finally:
        provider.shutdown()
