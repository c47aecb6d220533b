"""`console`: run the console in this process; `users`: local users of the console."""

from pathlib import Path
from typing import Annotated

import typer

from console.passwords import WeakPassword
from console.users import UsersFile
from deploy.cli.context import DEFAULT_DIR, UserError
from deploy.local.console import USERS, demo_users

users = typer.Typer(no_args_is_help=True, help="local users of the console; their roles are in `staff` definitions")
UsersFilePath = Annotated[Path, typer.Option("--file", envvar="CARELOOP_CONSOLE__USERS_FILE")]
HERE = DEFAULT_DIR / USERS


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(console)
    app.add_typer(users, name="users")


def console() -> None:
    """Run the console in this process, configured by CARELOOP_… variables."""
    from console.__main__ import main

    main()


@users.command("add")
def add(login: str, file: UsersFilePath = HERE) -> None:
    """Add a local user, or change their password: it is read from the terminal, or from standard input."""
    password = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    try:
        UsersFile(file).put(login, password)
    except WeakPassword as weak:
        raise UserError(str(weak)) from weak
    print(f"{login} may sign in, if a `staff` definition has this login")


@users.command("demo")
def demo(file: UsersFilePath = HERE) -> None:
    """Add a local user for each role of the demo hospital, and print their passwords."""
    from deploy.catalogue import load_all, unstarted
    from deploy.local.options import DEFINITIONS
    from deploy.publishing.definition_store import read_files

    load_all(unstarted())  # registers every kind
    for login, password in demo_users(file.parent, read_files([DEFINITIONS])).items():
        print(f"{login}  {password}")


@users.command("remove")
def remove(login: str, file: UsersFilePath = HERE) -> None:
    """Remove a local user."""
    try:
        UsersFile(file).remove(login)
    except KeyError as error:
        raise UserError(f"{file} has no user {login}") from error
    print(f"{login} may not sign in any more")


@users.command("list")
def show(file: UsersFilePath = HERE) -> None:
    """List the logins."""
    for login in UsersFile(file).logins():
        print(login)
