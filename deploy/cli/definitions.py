"""`definitions`: rules as data, with versions."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.catalogue import load_all
from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, show
from deploy.definition_store import BadDefinition, Change, compare, published, read_files, write
from shared.settings import Settings

Files = Annotated[list[Path], typer.Argument(help="YAML files or folders", exists=True)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    family = typer.Typer(help="Plans, surveys, SLA policies, calendars, templates, mappings.", no_args_is_help=True)
    for command in (apply, diff, history, publish):
        family.command()(command)
    app.add_typer(family, name="definitions")


def _changes(settings: Settings, files: list[Path]) -> list[Change]:
    load_all(settings)  # so that every kind is known
    try:
        return compare(read_files(files), asyncio.run(published(settings.kafka)))
    except BadDefinition as error:
        raise UserError(str(error)) from error


def apply(files: Files, data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Publish new versions; a version that differs from what was published under its number is refused."""
    settings = context(data_dir).settings
    changes = _changes(settings, files)
    if conflicts := [change.definition.ref for change in changes if change.what == "conflict"]:
        raise UserError(f"{', '.join(conflicts)} was published with other content: raise its version")
    asyncio.run(write(settings.kafka, changes))
    show(_rows(changes), as_json, _table)


def diff(files: Files, data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """What `apply` would do."""
    show(_rows(_changes(context(data_dir).settings, files)), as_json, _table)


def _rows(changes: list[Change]) -> list[dict[str, Any]]:
    return [{"definition": c.definition.ref, "what": c.what, "becomes_current": c.becomes_current} for c in changes]


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("definition", "what", "becomes current")
    for row in rows:
        table.add_row(row["definition"], row["what"], "yes" if row["becomes_current"] else "")
    return table


def history(data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Every version of every definition, and which is in force."""
    settings = context(data_dir).settings
    load_all(settings)
    found = asyncio.run(published(settings.kafka))
    rows = [
        {
            "definition": d.ref,
            "status": d.status,
            "title": d.title,
            "current": found.current_version(d.kind, d.id) == d.version,
        }
        for d in found.all()
    ]
    show(rows, as_json, _history)


def _history(rows: list[dict[str, Any]]) -> Table:
    table = Table("definition", "status", "in force", "title")
    for row in rows:
        table.add_row(row["definition"], row["status"], "yes" if row["current"] else "", row["title"])
    return table


def publish(
    name: Annotated[str, typer.Argument(help="<kind>/<id>/<version>, for example plan/cardiology-discharge/1")],
    data_dir: DataDir = DEFAULT_DIR,
) -> None:
    """Put a version in force that was applied before, also an older one."""
    settings = context(data_dir).settings
    load_all(settings)
    found = {d.ref: d for d in asyncio.run(published(settings.kafka)).all()}
    if name not in found:
        raise UserError(f"{name} was never applied: `careloop definitions history` shows what was")
    if found[name].status != "published":
        raise UserError(f"{name} is {found[name].status}: apply a version with `status: published`")
    asyncio.run(write(settings.kafka, [Change(found[name], "same", True)]))
    print(f"{name} is in force")
