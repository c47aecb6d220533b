"""`trace`: why something happened, or did not."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.tree import Tree

from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, show
from deploy.tracing import NothingKnown, find, read_spans, tree
from shared import mongo


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(trace)


def trace(
    id: Annotated[str, typer.Argument(help="event, command, person, case, message, task or HL7 control id")],
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Print the causal tree with durations; there is no personal data in it."""
    settings = context(data_dir).settings
    try:
        roots = asyncio.run(gather(settings.mongo.url, settings.span_file, id))
    except NothingKnown as error:
        raise UserError(str(error)) from error
    show(roots, as_json, draw)


async def gather(url: str, span_file: Path | None, id: str) -> list[dict[str, Any]]:
    """The trees that an id belongs to."""
    client = mongo.connect(url)
    try:
        return tree(await find(client, id), read_spans(span_file))
    finally:
        client.close()


def draw(roots: list[dict[str, Any]]) -> Tree:
    """The trees as rich draws them."""
    top = Tree("causes", hide_root=True)
    for root in roots:
        _grow(top, root)
    return top


def _grow(branch: Tree, node: dict[str, Any]) -> None:
    kind, said = node["type"].removeprefix("careloop.").removesuffix(".v1"), node["said"]
    told = " ".join(f"[cyan]{name}[/]={value}" for name, value in said.items())
    took = f" [green]{node['ms']:.0f} ms[/]" if node["ms"] is not None else ""
    style = "bold" if ".commands." not in node["where"] else "dim"
    twig = branch.add(f"[{style}]{kind}[/] {(node['time'] or '')[:19]}{took} {told}")
    for child in node["children"]:
        _grow(twig, child)
