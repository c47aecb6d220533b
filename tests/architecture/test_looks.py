"""Every command that shows something of people has it on record first; every other one says why it need not."""

import inspect
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from fastapi.routing import APIRoute, iter_route_contexts

from deploy.catalogue import OPS, load, unstarted
from deploy.cli import FAMILIES
from deploy.reference.routes import app_of

ROOT = Path(__file__).parents[2]
SHOW = {
    "dlq list",
    "dlq redrive",
    "dlq show",
    "erase",
    "his files",
    "his open",
    "his replay",
    "rebuild",
    "trace",
}
"""They write an access event before they print, or before they change what is shown."""
NOBODYS = {
    "attribute": "counts",
    "clock freeze": "the time",
    "clock jump": "the time",
    "clock run": "the time",
    "console": "the log of a process, in which nobody is named",
    "containers database": "nothing",
    "containers secrets": "names of files",
    "containers story": "an invented patient",
    "contracts": "the contracts",
    "definitions apply": "the hospital's own rules",
    "definitions diff": "the same",
    "definitions history": "the same",
    "definitions publish": "the same",
    "demo": "an invented patient in a system of its own",
    "dlq forget": "how many keys were destroyed",
    "doctor": "whether servers, topics and keys are in order",
    "down": "nothing",
    "gateway": "the log of a process, in which nobody is named",
    "his corpus": "files of whoever asks, nothing that was stored",
    "his forget": "the id that was typed",
    "his refeed": "counts",
    "his try": "a file of whoever asks, nothing that was stored",
    "keys new": "secrets",
    "keys rewrap": "counts",
    "keys status": "counts",
    "lag": "counts",
    "run": "the log of a process, in which nobody is named",
    "status": "counts and places",
    "token": "a token; what is asked with it is on record",
    "topics": "names and counts",
    "up": "the log of a launcher, in which nobody is named",
    "users add": "logins of staff",
    "users demo": "logins and passwords of invented staff",
    "users list": "the same",
    "users remove": "the same",
}
"""Those that tell of nobody, and what they show instead."""
RECORDS = re.compile(r"\b_?record(ed)?\(")
OF_LETTERS = re.compile(
    r'\["dead_letters"\]|\boriginal_of\(|\b(readable|original)\(letter|\b(dlq|index)\.(listed|whole)\(|\btraced\('
)


def operator_routes() -> list[APIRoute]:
    """The routes for operators."""
    app = app_of(load(OPS, unstarted()), unstarted())
    routes = (each.original_route for each in iter_route_contexts(app.routes))
    return [route for route in routes if isinstance(route, APIRoute)]


def notes(route: Callable[..., Any]) -> bool:
    """Whether a route notes both the persons and the places that it shows."""
    source = inspect.getsource(route)
    return "await _shown(deps, request" in source or (".add(" in source and ".add_resources(" in source)


def commands(app: typer.Typer, before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for each in app.registered_commands:
        assert each.callback
        yield before + (each.name or each.callback.__name__), each.callback
    for group in app.registered_groups:
        assert group.typer_instance
        yield from commands(group.typer_instance, f"{before}{group.name} ")


def all_commands() -> dict[str, Callable[..., Any]]:
    app = typer.Typer()
    for family in FAMILIES:
        import_module(f"deploy.cli.{family}").register(app)
    return dict(commands(app))


def records(command: Callable[..., Any]) -> bool:
    """Whether a command takes a purpose and records the look."""
    return "purpose" in inspect.signature(command).parameters and bool(RECORDS.search(inspect.getsource(command)))


def test_every_command_records_whom_it_shows_or_is_listed_with_what_it_shows_instead() -> None:
    known = all_commands()
    assert sorted({*SHOW, *NOBODYS}) == sorted(known), "a new command belongs into one of the two lists"
    assert SHOW & NOBODYS.keys() == set()
    assert {name for name, command in known.items() if records(command)} == SHOW


def test_a_command_that_does_not_record_is_noticed() -> None:
    def telling(id: str) -> str:
        return f"all of {id}"

    def pretending(id: str, purpose: str = "TREAT") -> str:
        return f"all of {id}, for {purpose}"

    assert not records(telling)
    assert not records(pretending)


def test_whoever_shows_a_dead_letter_or_a_trace_says_in_the_access_event_which() -> None:
    readers = {
        str(file.relative_to(ROOT))
        for folder in ("shared", "services", "deploy")
        for file in (ROOT / folder).rglob("*.py")
        if OF_LETTERS.search(file.read_text())
    }
    assert readers == {
        "deploy/operating/attribute.py",
        "deploy/cli/data.py",
        "deploy/cli/trace.py",
        "deploy/ops/dead_letters.py",
        "deploy/ops/watching.py",
        "deploy/operating/dlq.py",
        "deploy/operating/redrive.py",
        "deploy/operating/tracing.py",
        "shared/deadletter.py",
    }
    noted = {route.name for route in operator_routes() if notes(route.endpoint)}
    assert noted == {
        "find_trace",
        "list_dead_letters",
        "get_dead_letter",
        "get_dead_letter_content",
        "redrive_dead_letter",
    }


def test_what_an_operator_does_over_http_is_on_record_before_it_happens() -> None:
    doing = {route.name: inspect.getsource(route.endpoint) for route in operator_routes() if route.methods != {"GET"}}
    assert doing.keys() == {"redrive_dead_letter", "start_rebuild"}
    assert [name for name, source in doing.items() if "await audited(request, caller" not in source] == []
