"""`run`: one service's role in this process. It imports no more than that role needs: every restart pays for it."""

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


def run(
    service: str, role: Annotated[str, typer.Option(help="api|intake|decider|processor|projector|sender|all")] = "all"
) -> None:
    """Run one service's role in this process, configured by CARELOOP_… variables."""
    settings = AllSettings()
    try:
        declared = load(service, unstarted())
    except KeyError as error:
        raise UserError(str(error.args[0])) from error
    roles = roles_of(declared)
    if role != "all" and role not in roles:
        raise UserError(f"{service} has no role {role!r}: choose from {', '.join(roles)}, all")
    asked = roles if role == "all" else [role]
    refuse(settings, declared, asked)
    sys.exit(host_main(load(service, settings), asked, settings))
