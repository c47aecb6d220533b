"""One process: builds adapters, runs roles, serves HTTP; exits non-zero if any part fails."""

import asyncio
import logging
import signal

from aiokafka.errors import KafkaError

from shared import logs, metrics, telemetry
from shared.canary import OtherKeys
from shared.host.app import build_app
from shared.host.deps import Deps, build
from shared.host.exposure import warnings
from shared.host.roles import Run, role_runs, supervise
from shared.host.server import Server, collect_rarely
from shared.incarnation import OtherLog
from shared.masters import WrongMasterKey
from shared.service import Service
from shared.settings import WIDE_SCOPES, Settings
from shared.tls import UnusableTls

log = logging.getLogger(__name__)
ROLES = ("api", "intake", "decider", "processor", "projector")
ANSWERING = {"api", "intake"}
"""Roles whose answers may show persons."""


def roles_of(service: Service) -> list[str]:
    """All roles of this service, in the order in which they start."""
    lacking = {
        "intake": service.intake,
        "decider": service.deciders,
        "processor": service.timers,
        "projector": service.collections,
    }
    own = [role for role in ROLES if lacking.get(role, True)]
    return list(dict.fromkeys([*own, *(role.name for role in service.roles)]))


class Host:
    """Runs `roles` of `service` until stopped; `failure` is the exception that ended it."""

    def __init__(self, service: Service, roles: list[str], settings: Settings) -> None:
        self.service, self.roles, self.settings = service, roles, settings
        self.failure: BaseException | None = None
        self.stopping = asyncio.Event()

    def fatal(self, error: BaseException) -> None:
        """Record the first failure and stop."""
        if self.failure is None:
            log.error("%s stops: %s", self.service.name, error, exc_info=error)
            self.failure = error
        self.stopping.set()

    async def run(self) -> None:
        """Serve until a signal or a failure."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopping.set)
        try:
            await self._serve()
        except (OtherKeys, OtherLog, WrongMasterKey, UnusableTls, KafkaError) as error:
            self.fatal(error)

    async def _serve(self) -> None:
        async with build(self.service, self.settings, self.fatal) as deps:
            runs: list[Run] = []
            if self.service.definitions_from:
                runs.append(deps.definitions.run)
            else:
                deps.definitions.ready.set()
            if self.service.deciders and set(self.roles) - {"intake", "decider", "projector", "processor"}:
                runs.append(deps.replies.run)
            else:  # no role here waits for outcomes
                deps.replies.ready.set()
            runs += [run for role in self.roles for run in role_runs(deps, role)]
            if "api" in self.roles:
                runs.append(deps.sampler.run)
            if ANSWERING & set(self.roles):
                runs.append(deps.audit.drain)
            server = Server(build_app(deps, self.roles), self.settings)
            try:
                await supervise([*runs, server.serve], deps, self.stopping)
            except* Exception as errors:
                for error in errors.exceptions:
                    self.fatal(error)

    @property
    def exit_code(self) -> int:
        """0 after a signal, 3 after a failure."""
        return 3 if self.failure else 0


def main(service: Service, roles: list[str], settings: Settings) -> int:
    """Run the process; returns its exit code."""
    logs.start()
    for sentence in warnings(settings, service, roles):
        log.warning("%s", sentence)
    providers = (telemetry.start(service.slug, settings.span_file), metrics.start(service.slug))
    if settings.auth.wide_scopes:
        log.warning(WIDE_SCOPES)

    async def body() -> int:
        collect_rarely()
        host = Host(service, roles, settings)
        await host.run()
        return host.exit_code

    try:
        return asyncio.run(body())
    finally:
        for provider in providers:
            provider.shutdown()


__all__ = ["Deps", "Host", "main", "roles_of"]
