"""`run`: run one role of a service in this process; `gateway`: the gateway. Each imports only what it needs."""

import sys
from typing import Annotated

import typer

from deploy.catalogue import load, unstarted
from deploy.cli.context import UserError
from deploy.settings import AllSettings
from shared.host.exposure import refuse
from shared.host.run import main as host_main
from shared.host.run import roles_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(run)
    app.command()(gateway)


def run(
    service: str,
    role: Annotated[str, typer.Option(help="a role of the service, or all")] = "all",
) -> None:
    """Run one role of a service in this process, configured by CARELOOP_… variables."""
    settings = AllSettings()
    try:
        declared = load(service, unstarted())
    except KeyError as error:
        raise UserError(str(error.args[0])) from error
    roles = roles_of(declared)
    if role != "all" and role not in roles:
        raise UserError(f"{service} has no role {role!r}: choose from {', '.join(roles)}, all")
    chosen = roles if role == "all" else [role]
    refuse(settings, declared, chosen)
    sys.exit(host_main(load(service, settings), chosen, settings))


def gateway() -> None:
    """Run the gateway in this process, configured by CARELOOP_… variables."""
    from deploy.gateway.serving import main
    from deploy.gateway.settings import GatewaySettings

    main(GatewaySettings())
