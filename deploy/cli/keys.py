"""`keys`: generate secrets, and exchange the master key of the key store."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer
from rich.table import Table

from console.settings import SESSION
from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, out, show
from deploy.operating.rewrapping import rewrap
from deploy.settings import AllSettings
from shared import mongo
from shared.host.deps import key_store
from shared.keystore import KeyStore
from shared.masters import Masters, WrongMasterKey
from shared.settings import Settings

UNNAMED = "(of an earlier release)"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    keys = typer.Typer(help="Generate secrets, and exchange the master key of the key store.", no_args_is_help=True)
    keys.command()(new)
    keys.command()(status)
    keys.command("rewrap")(rewrap_keys)
    app.add_typer(keys, name="keys")


SECRETS = AllSettings.all_own_secrets() | {SESSION.name: SESSION}
Which = Annotated[list[str] | None, typer.Argument(help=f"of {', '.join(SECRETS)}; default all")]


def new(which: Which = None, as_json: AsJson = False) -> None:
    """Print new secrets as settings, one per line. They are not stored: copy them to your secret store."""
    for name in which or ():
        if name not in SECRETS:
            raise UserError(f"there is no secret {name!r}: choose from {', '.join(SECRETS)}")
    generated = {f"CARELOOP_{SECRETS[name].setting}": SECRETS[name].fresh() for name in which or SECRETS}
    if as_json:
        show(generated, True, str)
    else:
        print("\n".join(f"{setting}={value}" for setting, value in generated.items()))


def _masters(settings: Settings) -> Masters:
    return Masters(settings.keys.master_key, settings.keys.former_master_keys)


def _over(settings: Settings, work: Callable[[KeyStore], Awaitable[Any]]) -> Any:
    """Run `work` with the key store of these settings, and return its result."""

    async def run() -> Any:
        async with mongo.connected(settings.mongo.url) as client:
            store = key_store(settings, client)
            try:
                return await work(store)
            finally:
                store.close()

    return asyncio.run(run())


def status(data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Show how many data keys each master wraps. Exit 1 if some are wrapped by another than the current one."""
    settings = context(data_dir).settings
    masters = _masters(settings)
    counts = _over(settings, lambda store: store.counts())
    kinds = {masters.kid: "current", **dict.fromkeys(masters.former, "former"), "": UNNAMED}
    rows = [
        {"kid": kid, "is": kinds.get(kid, "in no setting"), "keys": counts.get(kid, 0)}
        for kid in dict.fromkeys([masters.kid, *masters.former, *(kid for kid in counts if kid is not None)])
    ]
    done = not any(row["keys"] for row in rows if row["is"] != "current")
    show({"masters": rows, "destroyed": counts.get(None, 0), "done": done}, as_json, _status)
    if not done:
        raise typer.Exit(1)


def _status(report: dict[str, Any]) -> Table:
    table = Table("master", "", "keys")
    for row in report["masters"]:
        table.add_row(row["kid"], row["is"], str(row["keys"]))
    table.add_row("", "destroyed", str(report["destroyed"]))
    return table


def rewrap_keys(data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Wrap every data key with the current master, while the system runs. It can be interrupted and started again."""
    settings = context(data_dir).settings
    masters = _masters(settings)

    def say(done: int) -> None:
        if not as_json:
            out.print(f"{done} keys re-wrapped", highlight=False)

    try:
        count = _over(settings, lambda store: rewrap(store, masters, say))
    except WrongMasterKey as error:
        raise UserError(f"stopped, what was re-wrapped stays so: {error}") from error
    show({"rewrapped": count, "master": masters.kid, "former": masters.former}, as_json, _rewrapped)


def _rewrapped(report: dict[str, Any]) -> str:
    done = f"done: {report['rewrapped']} keys re-wrapped, all are under master {report['master']}"
    if not report["former"]:
        return done
    former = ", ".join(report["former"])
    return f"{done}; once every process runs with it, take {former} out of CARELOOP_KEYS__FORMER_MASTERS"
