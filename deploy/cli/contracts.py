"""`contracts`: the generated reference, and the client that is generated from it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from deploy import client
from deploy.cli.context import UserError
from deploy.reference.generated import breaking, generate, stale

FOLDER = Path("docs/reference")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(contracts)


def contracts(
    folder: Annotated[Path, typer.Option(help="where the reference lies")] = FOLDER,
    check: Annotated[bool, typer.Option("--check", help="only say what is stale; exit 2 if anything is")] = False,
    accept_breaking: Annotated[bool, typer.Option("--accept-breaking", help="overwrite incompatible schemas")] = False,
) -> None:
    """Generate AsyncAPI 3, OpenAPI 3.1, JSON Schemas and the client; refuses an incompatible change of an event."""
    if check:
        if found := [*stale(folder), *client.stale_client(client.FOLDER)]:
            raise UserError(f"stale: {', '.join(found)}: run `careloop contracts`")
        return
    files = generate()
    broken = []
    for name, text in files.items():
        old = folder / name
        if name.startswith("schemas/") and old.exists():
            broken += [f"{name}: {why}" for why in breaking(json.loads(old.read_text()), json.loads(text))]
    if broken and not accept_breaking:
        raise UserError(f"incompatible with what is published, give the event a new version: {'; '.join(broken)}")
    _write(folder, files, stale(folder))
    _write(client.FOLDER, client.client_files(), client.stale_client(client.FOLDER))


def _write(folder: Path, files: dict[str, str], stale: list[str]) -> None:
    """Write them all, and take away what is stale and not among them."""
    for name in stale:
        if name not in files:
            (folder / name).unlink()
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        (folder / name).chmod(0o644)
    print(f"{len(files)} files in {folder}")
