"""`definitions`: rules as data, with versions."""

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
    Change,
    ChangedMeanwhile,
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


def _changes(settings: Settings, files: list[Path]) -> tuple[list[Change], list[str]]:
    """The changes, and a sentence for each reason why they cannot be applied."""
    load_all(unstarted())  # so that every kind is known
    try:
        known = asyncio.run(published(settings.kafka))
        changes = compare(read_files(files), known)
    except BadDefinition as error:
        raise UserError(str(error)) from error
    return changes, refusals(changes, known)


By = Annotated[str, typer.Option(help="who applies this, for the history")]


def apply(files: Files, by: By = getpass.getuser(), data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Publish new versions, all or none: refused where a fixed version differs or one does not do for another."""
    settings = context(data_dir).settings
    changes, wrong = _changes(settings, files)
    if wrong:
        raise UserError("; ".join(wrong))
    _write(settings, changes, by)
    show(_rows(changes), as_json, _table)


def diff(files: Files, data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """What `apply` would do, with the fields that differ. Exit 2 where it would be refused."""
    changes, wrong = _changes(context(data_dir).settings, files)
    show(_rows(changes), as_json, _table)
    if wrong:
        raise UserError("; ".join(wrong))


def _write(settings: Settings, changes: list[Change], by: str) -> None:
    try:
        asyncio.run(write(settings, changes, by, must_fit=True))
    except ChangedMeanwhile as error:
        raise UserError(str(error)) from error


def _rows(changes: list[Change]) -> list[dict[str, Any]]:
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
    """Every version of every definition, and which is in force."""
    settings = context(data_dir).settings
    load_all(unstarted())
    found = asyncio.run(published(settings.kafka))
    rows = [
        {
            "definition": d.ref,
            "status": d.status,
            "title": d.title,
            "author": d.author,
            "reviewed_by": d.reviewed_by,
            "applied_by": d.applied_by,
            "applied_at": d.applied_at,
            "current": found.current_version(d.kind, d.id) == d.version and d.status == "published",
        }
        for d in found.all()
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
    """Put a version in force that was applied before, also an older one: refused where it would not do for others."""
    settings = context(data_dir).settings
    load_all(unstarted())
    known = asyncio.run(published(settings.kafka))
    found = {d.ref: d for d in known.all()}
    if name not in found:
        raise UserError(f"{name} was never applied: `careloop definitions history` shows what was")
    if found[name].status != "published":
        raise UserError(f"{name} is {found[name].status}: only a published version can be put in force")
    changes = [Change(found[name], "same", True)]
    if wrong := refusals(changes, known):
        raise UserError("; ".join(wrong))
    _write(settings, changes, "")
    show({"in_force": name}, as_json, lambda told: f"{told['in_force']} is in force")
