"""The gateway as a process of its own: where the services are follows from their names."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

from deploy.catalogue import CONSOLE, OPS, SERVICE_NAMES, intakes, process_name
from deploy.gateway.app import build
from deploy.gateway.backends import Backends
from deploy.gateway.patients import for_patients
from deploy.gateway.settings import GatewaySettings
from shared import logs
from shared.host.exposure import near
from shared.host.hops import host_of, plain
from shared.host.openings import listening_faults, not_accepted, refuse_for
from shared.host.server import Server, collect_rarely
from shared.uses import Fault


def backends_of(settings: GatewaySettings) -> Backends:
    """Where each role that answers is. Their health is not asked for: orchestrators ask each process."""
    own = settings.gateway
    with_intake = [name for name, takes in intakes().items() if takes]
    roles = [*((name, "api") for name in SERVICE_NAMES), *((name, "intake") for name in with_intake)]
    apis = {(name, role): own.url_of(process_name(name, role)) for name, role in roles}
    if own.patients:
        return Backends(apis, {}, None)
    return Backends(apis | {(OPS, "api"): own.url_of(OPS)}, {}, None, console=own.url_of(CONSOLE))


def faults(settings: GatewaySettings) -> Iterator[Fault]:
    """What is open to others: patients' pages and staff's tokens pass through here."""
    yield from listening_faults(settings)
    if plain(settings.gateway.url_of("service")):
        yield Fault(f"CARELOOP_GATEWAY__ADDRESS is {settings.gateway.address}: tokens would pass in plain", "services")


def main(settings: GatewaySettings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises SystemExit with everything that is open to others, OSError for a certificate that is not there.
    """
    refuse_for("the gateway", not_accepted(settings, faults(settings)))
    logs.start()
    asyncio.run(_serve(settings))


async def _serve(settings: GatewaySettings) -> None:
    collect_rarely()
    own, public = settings.gateway, settings.hospital.public_url
    backends = backends_of(settings)
    passes = for_patients() if own.patients else None
    hosts, https = [host_of(public), *own.hosts], public.startswith("https:")
    app = build(backends, hosts=hosts, near=near(settings) and not own.patients, https=https, passes=passes)
    serving = asyncio.create_task(Server(app, settings).serve())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    finally:
        await backends.client.aclose()
