"""`definitions`: apply, compare, list and publish versions of definitions."""

import asyncio
import getpass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.catalogue import load_all, unstarted
from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, show
from deploy.publishing.definition_store import (
    BadDefinition,
    ChangedMeanwhile,
    DefinitionChange,
    compare,
    published,
    read_files,
    refusals,
    write,
)
from shared.settings import Settings

Files = Annotated[list[Path], typer.Argument(help="YAML files or folders", exists=True)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    family = typer.Typer(help="Plans, surveys, SLA policies, calendars, templates, mappings.", no_args_is_help=True)
    for command in (apply, diff, history, publish):
        family.command()(command)
    app.add_typer(family, name="definitions")


def _changes(settings: Settings, files: list[Path]) -> tuple[list[DefinitionChange], list[str]]:
    """Return the changes, and one sentence for each reason why they cannot be applied. Raises `UserError`."""
    load_all(unstarted())  # registers every kind
    try:
        present = asyncio.run(published(settings.kafka))
        changes = compare(read_files(files), present)
    except BadDefinition as error:
        raise UserError(str(error)) from error
    return changes, refusals(changes, present)


By = Annotated[str, typer.Option(help="who applies this, for the history")]


def apply(files: Files, by: By = getpass.getuser(), data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Publish new versions, all or none. Refused if a fixed version differs or a reference does not fit."""
    settings = context(data_dir).settings
    changes, wrong = _changes(settings, files)
    if wrong:
        raise UserError("; ".join(wrong))
    _write(settings, changes, by)
    show(_rows(changes), as_json, _table)


def diff(files: Files, data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Show what `apply` would change, with the fields that differ. Exit 2 if it would be refused."""
    changes, wrong = _changes(context(data_dir).settings, files)
    show(_rows(changes), as_json, _table)
    if wrong:
        raise UserError("; ".join(wrong))


def _write(settings: Settings, changes: list[DefinitionChange], by: str) -> None:
    try:
        asyncio.run(write(settings, changes, by, must_fit=True))
    except ChangedMeanwhile as error:
        raise UserError(str(error)) from error


def _rows(changes: list[DefinitionChange]) -> list[dict[str, Any]]:
    return [
        {
            "definition": c.definition.ref,
            "what": c.what,
            "fields": list(c.fields),
            "becomes_current": c.becomes_current,
        }
        for c in changes
    ]


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("definition", "what", "fields", "becomes current")
    for row in rows:
        table.add_row(row["definition"], row["what"], ", ".join(row["fields"]), "yes" if row["becomes_current"] else "")
    return table


def history(data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """List all versions of all definitions, and which are in force."""
    settings = context(data_dir).settings
    load_all(unstarted())
    definitions = asyncio.run(published(settings.kafka))
    rows = [
        {
            "definition": d.ref,
            "status": d.status,
            "title": d.title,
            "author": d.author,
            "reviewed_by": d.reviewed_by,
            "applied_by": d.applied_by,
            "applied_at": d.applied_at,
            "current": definitions.current_version(d.kind, d.id) == d.version and d.status == "published",
        }
        for d in definitions.all()
    ]
    show(rows, as_json, _history)


def _history(rows: list[dict[str, Any]]) -> Table:
    table = Table("definition", "status", "in force", "title", "author", "reviewed by", "applied")
    for row in rows:
        when = f"{row['applied_at']:%Y-%m-%d %H:%MZ} by {row['applied_by']}" if row["applied_at"] else ""
        people = (row["author"], row["reviewed_by"], when)
        table.add_row(row["definition"], row["status"], "yes" if row["current"] else "", row["title"], *people)
    return table


def publish(
    name: Annotated[str, typer.Argument(help="<kind>/<id>/<version>, for example plan/cardiology-discharge/1")],
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Put an applied version in force, also an older one. Refused if a definition that refers to it does not fit."""
    settings = context(data_dir).settings
    load_all(unstarted())
    present = asyncio.run(published(settings.kafka))
    versions = {d.ref: d for d in present.all()}
    if name not in versions:
        raise UserError(f"{name} was never applied: `careloop definitions history` shows what was")
    if versions[name].status != "published":
        raise UserError(f"{name} is {versions[name].status}: only a published version can be put in force")
    changes = [DefinitionChange(versions[name], "same", True)]
    if wrong := refusals(changes, present):
        raise UserError("; ".join(wrong))
    _write(settings, changes, "")
    show({"in_force": name}, as_json, lambda result: f"{result['in_force']} is in force")
