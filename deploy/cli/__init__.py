"""The `careloop` command. One module per family of commands; each registers itself on `app`."""

import logging
import os
import sys
from importlib import import_module

import typer

from deploy.cli.context import UserError

FAMILIES = {
    "system": ("up", "down", "status", "demo"),
    "run": ("run",),
    "operate": ("topics", "lag", "token", "doctor", "clock"),
    "data": ("rebuild", "erase", "dlq"),
    "keys": ("keys",),
    "definitions": ("definitions",),
    "trace": ("trace",),
    "contracts": ("contracts",),
    "his": ("his",),
}
"""Which module holds which commands: only the one asked for is imported."""

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
    """Run; every mistake a user can make is one sentence on stderr and exit code 2.

    What we and our children write is ours alone; what others must read is said where it is written (`contracts`).
    """
    os.umask(0o077)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what fails is told in our own sentence
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    for name in [name for name, commands in FAMILIES.items() if asked in commands] or FAMILIES:
        import_module(f"deploy.cli.{name}").register(app)
    try:
        app()
    except UserError as error:
        _tell(str(error))
    except (OSError, ValueError) as error:  # a wrong path, a wrong setting; every server that is away (see below)
        _tell(" ".join(str(error).split())[:400])
    except Exception as error:
        if type(error).__name__ == "BrokerRefused":  # by its name: most commands need not import Kafka's client
            _tell(str(error))
        if type(error).__module__.split(".")[0] not in ("aiokafka", "pymongo"):
            raise
        _tell(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}: is the server there?")


def _tell(sentence: str) -> None:
    print(f"careloop: {sentence}", file=sys.stderr)
    sys.exit(2)
