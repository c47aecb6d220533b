"""The `careloop` command. Each module holds a group of commands and registers them on `app`."""

import logging
import os
import sys
from importlib import import_module

import typer

from deploy.cli.context import UserError

FAMILIES = {
    "system": ("up", "down", "status", "demo"),
    "run": ("run", "gateway"),
    "operate": ("topics", "lag", "token", "doctor", "clock"),
    "data": ("rebuild", "erase", "attribute", "dlq"),
    "keys": ("keys",),
    "definitions": ("definitions",),
    "trace": ("trace",),
    "contracts": ("contracts",),
    "his": ("his",),
    "console": ("console", "users"),
    "containers": ("containers",),
}
"""Module → its commands. Only the module of the given command is imported, to start fast."""

app = typer.Typer(
    name="careloop",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _family() -> None:
    """The open-source hospital CRM: event-sourced services on Kafka."""


def main() -> None:
    """Run the command line. A user error is one sentence on stderr and exit code 2.

    Files are created for this user only (umask 077); `contracts` sets the mode of files that others read.
    """
    os.umask(0o077)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # errors are reported below
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    for name in [name for name, commands in FAMILIES.items() if command in commands] or FAMILIES:
        import_module(f"deploy.cli.{name}").register(app)
    try:
        app()
    except UserError as error:
        _fail(str(error))
    except (OSError, ValueError) as error:  # an invalid path or setting, a refused connection
        _fail(" ".join(str(error).split())[:400])
    except Exception as error:
        if type(error).__name__ == "BrokerRefused":  # compared by name, so that Kafka's client is not imported
            _fail(str(error))
        if type(error).__module__.split(".")[0] not in ("aiokafka", "pymongo"):
            raise
        _fail(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}: is the server there?")


def _fail(sentence: str) -> None:
    print(f"careloop: {sentence}", file=sys.stderr)
    sys.exit(2)
