"""`his files`, `his open`, `his forget`: encrypted copies of drop folder files that were read."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, show
from deploy.cli.looking import Why, record
from deploy.operating import dropped
from services.his_adapter.pulling.tables.unsealing import Unsealable, forget, unseal
from services.his_adapter.settings import HisSettings
from shared import mongo
from shared.host.deps import key_ring
from shared.sealing import KeyRing, LostKey
from shared.settings import Settings

Id = Annotated[str, typer.Argument(help="the id that `careloop his files` shows")]


def register(his: typer.Typer) -> None:
    """Add the commands."""
    his.command("files")(files)
    his.command("open")(open_)
    his.command("forget")(forget_)


def files(purpose: Why = "HSYSADMIN", data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """List the files of the drop folder that were read or refused. A file name may hold personal data."""
    settings = HisSettings.of(context(data_dir).settings)

    async def work(ring: KeyRing) -> list[dict[str, Any]]:
        rows = await dropped.listed(settings, ring)
        if rows:
            await record(settings, "his files", purpose, resources=[row["id"] for row in rows])
        return rows

    show(_with_keys(settings, work), as_json, _table)


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("id", "name", "sealed", "kept until", "reason")
    for row in rows:
        table.add_row(row["id"], row["name"], row["sealed"][:19], row["until"][:10], row["reason"])
    return table


def open_(
    id: Id,
    file: Annotated[Path, typer.Option("--out", help="the new file to write")],
    purpose: Why = "HSYSADMIN",
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Decrypt one file to `--out`, with mode 0600. It holds personal data: delete it after use."""
    settings = HisSettings.of(context(data_dir).settings)

    async def work(ring: KeyRing) -> int:
        path = dropped.pick(settings, id)
        parts = await unseal(ring, path)
        await record(settings, "his open", purpose, resources=[dropped.id_of(path)])
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            try:
                return sum(out.write(part) for part in parts)
            except Unsealable:
                file.unlink()
                raise

    written = _with_keys(settings, work)
    show({"file": str(file), "bytes": written}, as_json, lambda result: f"{result['bytes']} bytes in {result['file']}")


def forget_(
    id: Id,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Destroy an encrypted file and its data key before its retention term ends."""
    settings = HisSettings.of(context(data_dir).settings)
    if not yes:
        typer.confirm(f"Destroy the file {id} for ever?", abort=True, err=True)

    async def work(ring: KeyRing) -> dict[str, str]:
        path = dropped.pick(settings, id)
        await forget(ring, path)
        return {"forgotten": dropped.id_of(path)}

    show(_with_keys(settings, work), as_json, lambda result: f"{result['forgotten']} is forgotten")


def _with_keys(settings: Settings, work: Any) -> Any:
    """Run an async function with the key ring. Raises `UserError` for an unknown or unreadable file."""

    async def run() -> Any:
        async with mongo.connected(settings.mongo.url) as client:
            return await work(key_ring(settings, client))

    try:
        return asyncio.run(run())
    except (dropped.NoSuchFile, Unsealable, LostKey) as error:
        raise UserError(str(error)) from error
