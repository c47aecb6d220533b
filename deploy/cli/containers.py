"""`containers`: prepare what an installation in containers needs: its secrets, its database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.context import AsJson, UserError, show

NEAR = "mongodb://127.0.0.1:27017/?directConnection=true&tls=true&tlsCAFile=/run/secrets/authority.pem"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    containers = typer.Typer(help="Prepare an installation in containers.", no_args_is_help=True)
    containers.command()(secrets)
    containers.command()(database)
    containers.command()(story)
    app.add_typer(containers, name="containers")


def secrets(
    folder: Path,
    host: Annotated[list[str] | None, typer.Option(help="a name or address of the gateway; repeat it")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the secrets and certificates that a folder lacks, each as a file of its setting's name."""
    from deploy.compose.secrets import make

    made = make(folder, host or ())
    show({"made": made}, as_json, lambda report: f"{folder}: {', '.join(report['made']) or 'nothing is missing'}")


def database(
    near: Annotated[str, typer.Option(help="URL of the new server on its own loopback address")] = NEAR,
) -> None:
    """Form the replica set of a new MongoDB, and make the user of CARELOOP_MONGO__URL. Safe to repeat."""
    from deploy.operating.database import Unprepared, prepare
    from deploy.settings import AllSettings

    try:
        asyncio.run(prepare(near, AllSettings().mongo.url))
    except Unprepared as error:
        raise UserError(str(error)) from error
    print("the replica set stands, and our user may sign in")


def story(
    patients: Annotated[
        str, typer.Option(help="URL at which patients reach the system")
    ] = "https://gateway-patients:8080",
) -> None:
    """Play the story of one patient in a system that runs in containers, with a mail relay played here; once."""
    from careloop_client import ProblemAnswered
    from deploy.demo.director import PlayedBefore, StoryBroke
    from deploy.demo.play import in_containers
    from deploy.settings import AllSettings

    try:
        asyncio.run(in_containers(AllSettings(), patients))
    except PlayedBefore:
        print("the story was played before: this log knows its patient")
    except (StoryBroke, ProblemAnswered) as error:
        raise UserError(str(error)) from error
