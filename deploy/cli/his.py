"""`his`: what would become of HL7 messages, for whoever connects a hospital system. Nothing is sent or stored."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.catalogue import load_all
from deploy.cli.context import AsJson, UserError, out, show
from deploy.definition_store import BadDefinition, read_files
from services.his_adapter.definitions import Site
from services.his_adapter.reading import Judged, judge
from shared.settings import Settings

KEY = bytes(32)
"""A dry run names nothing for good, so it needs no secret."""
DEFINITIONS = Path(__file__).parents[1] / "local" / "definitions"
SiteId = Annotated[str, typer.Option("--site", help="the mapping to use")]
Folder = Annotated[Path, typer.Option("--definitions", help="the folder the mapping is defined in")]
AFFIXES = (".hl7", ".txt", ".msg", ".dat", "")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    his = typer.Typer(help="What would become of HL7 messages.", no_args_is_help=True)
    his.command("try")(try_)
    his.command()(corpus)
    app.add_typer(his, name="his")


def _site(id: str, folder: Path) -> Site:
    load_all(Settings())  # so that every kind is known
    try:
        sites = [each for each in read_files([folder]) if isinstance(each, Site)]
    except BadDefinition as error:
        raise UserError(str(error)) from error
    found = [site for site in sites if site.id == id]
    if not found:
        known = ", ".join(sorted({site.id for site in sites})) or "none"
        raise UserError(f"{folder} defines no site {id!r} (it knows {known}): name one with --site")
    return max(found, key=lambda site: site.version)


def corpus(
    directory: Path, site: SiteId = "default", definitions: Folder = DEFINITIONS, as_json: AsJson = False
) -> None:
    """Judge every message below a folder: counts by outcome, type and reason. Exits with 1 where one crashes it."""
    if not directory.is_dir():
        raise UserError(f"{directory} is no folder: name one that holds HL7 files")
    mapping, told, crashes = _site(site, definitions), Counter[tuple[str, str, str]](), dict[str, str]()
    files = [file for file in sorted(directory.rglob("*")) if file.is_file() and file.suffix in AFFIXES]
    for file in files:
        try:
            told.update((each.verdict, each.kind, each.reason) for each in judge(file.read_bytes(), mapping, KEY))
        except Exception as error:
            crashes[str(file)] = f"{type(error).__name__}: {error}"
    rows = [
        {"verdict": verdict, "type": kind, "reason": reason, "messages": count}
        for (verdict, kind, reason), count in sorted(told.items())
    ]
    totals = Counter[str]()
    for row in rows:
        totals[str(row["verdict"])] += int(str(row["messages"]))
    show({"files": len(files), "totals": totals, "rows": rows, "crashes": crashes}, as_json, _counted)
    raise typer.Exit(1 if crashes else 0)


def _counted(report: dict[str, Any]) -> Table:
    totals = ", ".join(f"{count} {verdict}" for verdict, count in report["totals"].items())
    table = Table("verdict", "type", "messages", "reason", title=f"{report['files']} files: {totals or 'no message'}")
    for row in report["rows"]:
        table.add_row(row["verdict"], row["type"], str(row["messages"]), row["reason"])
    for file, why in report["crashes"].items():
        table.add_row("CRASH", file, "1", why)
    return table


def try_(file: Path, site: SiteId = "default", definitions: Folder = DEFINITIONS, as_json: AsJson = False) -> None:
    """Show what each message in a file would become: its facts with the fields they came from, or the reason."""
    if not file.is_file():
        raise UserError(f"{file} is no file")
    found = judge(file.read_bytes(), _site(site, definitions), KEY)
    if as_json:
        print(json.dumps([_plain(each) for each in found], ensure_ascii=False, indent=1))
        return
    for number, each in enumerate(found, 1):
        out.print(f"message {number}: {each.kind or '?'}: {each.verdict}{': ' if each.reason else ''}{each.reason}")
        for fact in each.facts:
            table = Table("field", "says", title=type(fact).__name__)
            for path, value in _leaves(fact.model_dump(mode="json", exclude_none=True)):
                table.add_row(path, value)
            out.print(table)


def _plain(judged: Judged) -> dict[str, Any]:
    facts = [{"type": type(f).wire, **f.model_dump(mode="json", exclude_none=True)} for f in judged.facts]
    return {"verdict": judged.verdict, "type": judged.kind, "reason": judged.reason, "facts": facts}


def _leaves(value: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict):
        return [leaf for name, each in value.items() for leaf in _leaves(each, f"{path}.{name}" if path else name)]
    if isinstance(value, list):
        return [leaf for number, each in enumerate(value) for leaf in _leaves(each, f"{path}.{number}")]
    return [(path, str(value))] if value not in ("", None) else []
