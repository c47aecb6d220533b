"""`his`: try HL7 messages against a mapping, translate stored messages again; files that were read."""

import asyncio
import json
import os
import re
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.catalogue import load, load_all, unstarted
from deploy.cli import dropped
from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, out, show
from deploy.cli.looking import Why, record
from deploy.local.options import DEFINITIONS, settings_from
from deploy.operating import refeed as anew
from deploy.publishing.definition_store import BadDefinition, published, read_files
from services.his_adapter.formats.definitions import Site
from services.his_adapter.formats.hl7.checking import Judged, judge
from services.his_adapter.formats.hl7.provenance import leaves, origins
from services.his_adapter.replay import Replay
from services.his_adapter.replay import replay as again
from shared.bus.topics import topic_name
from shared.canary import OtherKeys
from shared.contracts.base import Event
from shared.contracts.his_adapter import PatientFact
from shared.masters import WrongMasterKey
from shared.sealing import LostKey
from shared.settings import Settings

KEY = bytes(32)
"""Site key of a dry run: its results are not stored, so the key need not be secret."""
SiteId = Annotated[str, typer.Option("--site", help="the mapping to use")]
Folder = Annotated[Path, typer.Option("--definitions", help="the folder with the definition of the mapping")]
ENVELOPE = PatientFact.model_fields.keys() - Event.model_fields.keys() - {"patient"}
"""Fields that every fact has, about the message rather than from it."""
AFFIXES = (".hl7", ".txt", ".msg", ".dat", ".er7")
_HEAD = re.compile(rb"(^|[\r\n\x0b])MSH[^A-Za-z0-9\s]")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    his = typer.Typer(
        help="Try HL7 messages, translate stored ones again; files that were read.",
        no_args_is_help=True,
    )
    his.command("try")(try_)
    his.command()(corpus)
    his.command()(replay)
    his.command()(refeed)
    dropped.register(his)
    app.add_typer(his, name="his")


def _site(id: str, folder: Path) -> Site:
    """Return the newest version of a site defined in a folder. Raises `UserError`."""
    load_all(unstarted())  # registers every kind
    try:
        sites = [definition for definition in read_files([folder]) if isinstance(definition, Site)]
    except BadDefinition as error:
        raise UserError(str(error)) from error
    versions = [site for site in sites if site.id == id]
    if not versions:
        ids = ", ".join(sorted({site.id for site in sites})) or "none"
        raise UserError(f"{folder} defines no site {id!r} (it knows {ids}): name one with --site")
    return max(versions, key=lambda site: site.version)


def corpus(
    directory: Path, site: SiteId = "default", definitions: Folder = DEFINITIONS, as_json: AsJson = False
) -> None:
    """Translate every message below a folder, and count by verdict, type and reason. Exit 1 if one causes a crash."""
    if not directory.is_dir():
        raise UserError(f"{directory} is no folder: name one that holds HL7 files")
    mapping, counts, crashes = _site(site, definitions), Counter[tuple[str, str, str]](), dict[str, str]()
    files, others = hl7_files(directory)
    for file in files:
        try:
            judged = judge(file.read_bytes(), mapping, KEY)
            counts.update((message.verdict, message.kind, message.reason) for message in judged)
        except Exception as error:
            crashes[str(file)] = f"{type(error).__name__}: {error}"
    rows = [
        {"verdict": verdict, "type": kind, "reason": reason, "messages": count}
        for (verdict, kind, reason), count in sorted(counts.items())
    ]
    totals = Counter[str]()
    for (verdict, _, _), count in counts.items():
        totals[verdict] += count
    skipped = [str(file.relative_to(directory)) for file in others]
    show(
        {"files": len(files), "skipped": skipped, "totals": totals, "rows": rows, "crashes": crashes}, as_json, _counted
    )
    raise typer.Exit(1 if crashes else 0)


def hl7_files(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files below a folder that hold HL7 v2 (by suffix, or by an MSH segment), and the other files."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    with_hl7 = [file for file in files if file.suffix.lower() in AFFIXES or _HEAD.search(file.read_bytes())]
    return with_hl7, sorted({*files} - {*with_hl7})


def _counted(report: dict[str, Any]) -> Table:
    totals = ", ".join(f"{count} {verdict}" for verdict, count in report["totals"].items()) or "no message"
    skipped = f", {len(report['skipped'])} files skipped: no HL7" if report["skipped"] else ""
    table = Table("verdict", "type", "messages", "reason", title=f"{report['files']} files: {totals}{skipped}")
    for row in report["rows"]:
        table.add_row(row["verdict"], row["type"], str(row["messages"]), row["reason"])
    for file, why in report["crashes"].items():
        table.add_row("CRASH", file, "1", why)
    return table


def try_(file: Path, site: SiteId = "default", definitions: Folder = DEFINITIONS, as_json: AsJson = False) -> None:
    """Show the events of each message in a file, with the HL7 field of each value, or why it is refused."""
    if not file.is_file():
        raise UserError(f"{file} is no file")
    mapping = _site(site, definitions)
    judged = judge(file.read_bytes(), mapping, KEY)
    if as_json:
        print(json.dumps([_plain(message, mapping) for message in judged], ensure_ascii=False, indent=1))
        return
    for number, message in enumerate(judged, 1):
        reason = f": {message.reason}" if message.reason else ""
        out.print(f"message {number}: {message.kind or '?'}: {message.verdict}{reason}")
        if message.facts:
            out.print(_side_by_side(message, mapping))


def _side_by_side(judged: Judged, mapping: Site) -> Table:
    values, table = leaves(judged.facts), Table("HL7", "event", "field", "says")
    shown = set[tuple[str, str]]()
    for (fact, path), places in origins(judged.text, mapping, KEY).items():
        repeated = path.startswith("patient.") and (path, values[fact, path]) in shown
        shown.add((path, values[fact, path]))
        if path not in ENVELOPE and not repeated:
            table.add_row(", ".join(places), fact, path, values[fact, path])
    return table


def replay(
    since: Annotated[datetime, typer.Option("--from", help="received at or after this time, in UTC")],
    until: Annotated[datetime, typer.Option("--to", help="received before this time, in UTC")],
    apply: Annotated[bool, typer.Option("--apply", help="emit the changes, as historical facts")] = False,
    purpose: Why = "HSYSADMIN",
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Translate stored messages again with the mapping in force, and show what changes; --apply emits the changes."""
    settings, window = context(data_dir).settings, (since.replace(tzinfo=UTC), until.replace(tzinfo=UTC))
    read_range = f"{topic_name('his-adapter', 'raw')} {window[0].isoformat()}/{window[1].isoformat()}"
    asyncio.run(record(settings, "his replay", purpose, resources=[read_range]))
    result = asyncio.run(replayed(settings, window, apply))
    rows = [
        {"control_id": c.control_id, "what": c.what, "fact": c.type, "fields": list(c.fields)} for c in result.changes
    ]
    refused = [{"control_id": control, "reason": reason} for control, reason in result.refused]
    report = {"messages": result.messages, "applied": apply, "changes": rows, "refused": refused}
    show(report, as_json, _replay_table)


def _replay_table(report: dict[str, Any]) -> Table:
    done = "told again" if report["applied"] else "would be told: add --apply"
    facts = [row for row in report["changes"] if row["what"] != "gone"]
    title = f"{report['messages']} messages, {len(facts)} facts {done}"
    table = Table("control id", "what", "fact", "fields or reason", title=title)
    for row in report["changes"]:
        table.add_row(row["control_id"], row["what"], row["fact"], ", ".join(row["fields"]))
    for row in report["refused"]:
        table.add_row(row["control_id"], "refused", "", row["reason"])
    return table


def refeed(
    old: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="a file of the old CARELOOP_… settings")],
    leave: Annotated[
        list[str] | None,
        typer.Option(help="a sender to leave out, since it is polled from its beginning; repeat it"),
    ] = None,
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Copy the messages of an old log to this new one, which has another site key; patients get no messages.

    See docs/adr/0026 for what else has to be carried over, and what is lost.
    """
    others = {name: value for name, value in os.environ.items() if not name.upper().startswith("CARELOOP_")}
    former = settings_from(others, old)
    try:
        refed = asyncio.run(anew.refeed(former, context(data_dir).settings, leave or ()))
    except (OtherKeys, WrongMasterKey, LostKey) as error:
        raise UserError(str(error)) from error
    show(asdict(refed), as_json, _refed)


def _refed(counts: dict[str, int]) -> str:
    erased = f"{counts['erased']} are erased there, {counts['unreadable']} records cannot be read there"
    return f"{counts['messages']} messages put onto the new log; {counts['left']} left, {erased}"


def _plain(judged: Judged, mapping: Site) -> dict[str, Any]:
    places_of = origins(judged.text, mapping, KEY) if judged.facts else {}
    facts = [
        {"type": getattr(type(f), "wire", type(f).__name__), **f.model_dump(mode="json", exclude_none=True)}
        for f in judged.facts
    ]
    sources = {f"{fact}.{path}": places for (fact, path), places in places_of.items()}
    return {
        "verdict": judged.verdict,
        "type": judged.kind,
        "reason": judged.reason,
        "facts": facts,
        "origins": sources,
    }


async def replayed(settings: Settings, window: tuple[datetime, datetime], apply: bool) -> Replay:
    """Translate the messages of a time window again with the definitions in force; `apply` emits the changes."""
    return await again(settings, load("his_adapter", settings), await published(settings.kafka), window, apply)
