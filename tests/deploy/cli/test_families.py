"""Each command is found by its module alone."""

from importlib import import_module

import pytest
import typer

from deploy.cli import FAMILIES


@pytest.mark.parametrize("module", FAMILIES)
def test_the_commands_of_a_module_are_those_it_registers(module: str) -> None:
    app = typer.Typer()
    import_module(f"deploy.cli.{module}").register(app)
    commands = [command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands]
    assert {*commands, *(group.name for group in app.registered_groups)} == set(FAMILIES[module])
