"""`trace`: show what caused an event, and what it caused."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, out
from deploy.cli.looking import Why, record
from deploy.operating.tracing import NothingKnown, Traced, traced
from shared import mongo
from shared.contracts.audit import PurposeOfUse
from shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(trace)


def trace(
    id: Annotated[
        str, typer.Argument(help="event, command, person, case, message, task, touchpoint, inbox or HL7 control id")
    ],
    commands: Annotated[bool, typer.Option("--commands", help="show commands too, not only their events")] = False,
    purpose: Why = "HSYSADMIN",
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Print the causal tree of an id with durations. It shows ids and outcomes, no names and no texts."""
    try:
        result = asyncio.run(_recorded(context(data_dir).settings, id, purpose))
    except NothingKnown as error:
        raise UserError(str(error)) from error
    if as_json:
        out.print_json(data=result.roots)
        return
    for line in lines(result.roots, commands):
        out.print(line, soft_wrap=True, highlight=False)
    if result.spans_left_out:
        out.print("[dim]older records have no duration: only the newest spans are read[/]", highlight=False)


async def _recorded(settings: Settings, id: str, purpose: PurposeOfUse) -> Traced:
    async with mongo.connected(settings.mongo.url) as client:
        result = await traced(client, settings.span_file, id)
    await record(settings, "trace", purpose, result.persons, result.resources)
    return result


async def gather(url: str, span_file: Path | None, id: str) -> list[dict[str, Any]]:
    """Return the causal trees that an id belongs to."""
    async with mongo.connected(url) as client:
        return (await traced(client, span_file, id)).roots


def lines(roots: list[dict[str, Any]], commands: bool = False, depth: int = 0) -> Iterator[str]:
    """Yield one line per node. A command is shown only with `commands`, or if it led to no event."""
    for node in roots:
        is_command, children = ".commands." in node["where"], node["children"]
        shown = commands or not is_command or not any(".events." in child["where"] for child in children)
        if shown or node["refused"]:
            yield _line(node, depth, is_command)
        for letter in node["refused"]:
            again = "sent again" if letter["redriven"] else f"`careloop dlq show {letter['id'][:8]}`"
            yield f"{'  ' * (depth + 1)}└ [red]refused[/] by {letter['reader']}: {escape(letter['detail'])} ({again})"
        yield from lines(children, commands, depth + shown)


def _line(node: dict[str, Any], depth: int, is_command: bool) -> str:
    kind = node["type"].removeprefix("careloop.").removesuffix(".v1")
    fields = " ".join(f"[cyan]{name}[/]={value}" for name, value in node["said"].items() if name != "provider_id")
    took = f"[green]{node['ms']:.0f} ms[/] " if node["ms"] is not None else ""
    lost = node["type"].endswith("hospital_message_received.v1") and not node["children"] and not node["refused"]
    fields += " [yellow]nothing came of it: not a type we translate[/]" if lost else ""
    has_events = any(".events." in child["where"] for child in node["children"])
    outcome = "" if has_events else f": {node['outcome']}" if node["outcome"] else ": undecided"
    name = f"[dim]{kind}{outcome}[/]" if is_command else f"[bold]{kind}[/]"
    at = datetime.fromisoformat(node["time"]).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ") if node["time"] else ""
    return f"{'  ' * depth}{'└ ' if depth else ''}{name} [dim]{at}[/] {took}{fields}"
