"""The `careloop` command. One module per family of commands; each registers itself on `app`."""

import logging
import sys

import typer

from deploy.cli.context import UserError

app = typer.Typer(
    name="careloop",
    help="The open-source hospital CRM: event-sourced services on Kafka.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def main() -> None:
    """Run; every mistake a user can make is one sentence on stderr and exit code 2."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what fails is told in our own sentence
    from deploy.cli import contracts, data, definitions, operate, system, trace

    for module in (system, operate, data, definitions, trace, contracts):
        module.register(app)
    try:
        app()
    except UserError as error:
        print(f"careloop: {error}", file=sys.stderr)
        sys.exit(2)
