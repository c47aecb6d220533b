"""`rebuild`, `erase`, `attribute`, `dlq`: operations on stored data."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from careloop_client.calling import ProblemAnswered
from careloop_client.careloop import CareLoop
from careloop_client.contacts.models import Approval, Certificate
from deploy.catalogue import load_all
from deploy.cli.context import DEFAULT_DIR, AsJson, CommandContext, DataDir, UserError, context, show
from deploy.cli.looking import Why, record
from deploy.operating import dlq as letters_of
from deploy.operating.attribute import Attribution
from deploy.operating.persons import ids_in, persons_among
from deploy.operating.rebuild import CannotRebuild, NoSuchCollection, Rebuild, collection_of, resource
from deploy.operating.redrive import Redrive
from services.his_adapter.formats.hl7.pointing import pointed
from services.his_adapter.formats.resending import resend, spoken_for
from shared import mongo
from shared.codec import Codec
from shared.contracts.upcasters import UPCASTERS
from shared.deadletter import DeadLetter
from shared.host.deps import key_ring
from shared.masters import WrongMasterKey
from shared.refused_at import refused_at
from shared.sealing import LostKey
from shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(rebuild)
    app.command()(erase)
    app.command()(attribute)
    dlq = typer.Typer(help="Dead letters: records and messages that could not be processed.", no_args_is_help=True)
    dlq.command("list")(list_letters)
    dlq.command("show")(show_letter)
    dlq.command("redrive")(redrive_letter)
    dlq.command("forget")(forget_letter)
    app.add_typer(dlq, name="dlq")


def rebuild(
    collection: Annotated[str, typer.Argument(help="for example person_360, or contacts.person_360")],
    force: Annotated[bool, typer.Option("--force", help="swap although documents differ")] = False,
    purpose: Why = "HSYSADMIN",
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Rebuild a collection from the log while events go on, compare documents by checksum, and swap.

    If a document differs, nothing is swapped and the exit code is 1. After a change of the projection, differences are
    expected: use `--force`.
    """
    settings = context(data_dir).settings
    try:
        service, projection = collection_of(load_all(settings), collection)
    except NoSuchCollection as error:
        raise UserError(str(error)) from error

    async def work() -> Any:
        name = f"{service.name}.{projection.collection}"
        await record(settings, "rebuild", purpose, resources=[resource(name, force)])
        async with mongo.connected(settings.mongo.url) as client:
            codec = Codec(key_ring(settings, client), UPCASTERS)
            return await Rebuild(service, projection, settings, client, codec).run(force)

    try:
        report = asyncio.run(work())
    except (CannotRebuild, LostKey, WrongMasterKey) as error:
        raise UserError(f"stopped, the live collection is untouched: {error}") from error
    show({name: getattr(report, name) for name in report.__slots__}, as_json, _outcome)
    if not report.swapped:
        raise typer.Exit(1)


def _outcome(report: dict[str, Any]) -> str:
    counts = f"{report['before']} documents before, {report['after']} after, {len(report['different'])} differed"
    passed_by = f"; {report['passed_by']} events passed by as too large: `dlq list`" if report["passed_by"] else ""
    stopped = "" if report["swapped"] else "; nothing was swapped: --force puts what the log says in place"
    return f"{report['collection']}: {counts}{passed_by}{stopped}"


def erase(
    person: Annotated[str, typer.Argument(help="the person id")],
    by: Annotated[
        str, typer.Option(help="the user who requests, or with --approve another one who approves")
    ] = "careloop-cli",
    approve: Annotated[bool, typer.Option("--approve", help="approve the request of another user")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    purpose: Why = "PATRQT",
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = True,
) -> None:
    """Request the erasure of a person; with --approve carry out another user's request, and print the certificate.

    An erasure destroys all data keys of the person and cannot be undone. The output is always JSON.

    It lists the dead letters that can still be decrypted: look with `dlq show` at those that could not be attributed,
    and destroy this person's with `dlq forget`. They are part of the `residue` until their retention term ends.
    """
    if not yes:
        typer.confirm(f"Forget person {person} for ever?", abort=True, err=True)
    asyncio.run(record(context(data_dir).settings, "erase", purpose, [person]))
    certificate = asyncio.run(_erased(context(data_dir), by, person, approve))
    if certificate is None:
        show({"person_id": person, "status": "waits for a second person: --approve"}, as_json, str)
        return
    to_review = asyncio.run(_letters_to_review(context(data_dir).settings))
    show({**certificate.model_dump(mode="json"), "dead_letters_to_review": to_review}, as_json, str)


async def _erased(system: CommandContext, by: str, person: str, approve: bool) -> Certificate | None:
    """Request an erasure and return None, or approve it and return its certificate. Raises `UserError`."""
    async with system.caller(by) as http:
        contacts = CareLoop(http).contacts
        try:
            if not approve:
                await contacts.request_erasure(person)
                return None
            await contacts.decide_erasure(person, Approval(approved=True))
        except ProblemAnswered as error:
            raise UserError(error.detail) from error
        for _ in range(100):
            with suppress(ProblemAnswered):  # not shown yet
                certificate = (await contacts.get_erasure(person)).data
                if certificate.carried_out:
                    return certificate
            await asyncio.sleep(0.2)
    raise UserError("the erasure was accepted, but its keys were not destroyed within 20 s: see contacts' log")


def attribute(data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Attribute stored messages, dead letters and waiting inputs to patients, so that erasures reach them.

    Run it once after an upgrade, and after an older key store was restored; repeating it is harmless. Data of a person
    who was erased after it came is destroyed. Data that cannot be attributed, and numbers of no person record, get a
    retention term.
    """
    settings = context(data_dir).settings

    async def work() -> dict[str, int]:
        async with mongo.connected(settings.mongo.url) as client:
            return await Attribution(settings, key_ring(settings, client)).run()

    show(_result(work), as_json, lambda counts: "\n".join(f"{n} {kind}" for kind, n in counts.items()) or "nothing")


def list_letters(
    all: Annotated[bool, typer.Option("--all", help="redriven ones too")] = False,
    purpose: Why = "HSYSADMIN",
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """List dead letters, oldest first."""
    settings = context(data_dir).settings

    async def work() -> list[DeadLetter]:
        listed = await letters_of.listed(settings, load_all(settings), redriven=all)
        if listed:
            async with mongo.connected(settings.mongo.url) as client:
                persons = await persons_among(client, [letter.key for _, letter in listed])
            await record(settings, "dlq list", purpose, persons, sorted({place.topic for place, _ in listed}))
        return [letter for _, letter in listed]

    rows = [letter.model_dump(exclude={"original", "headers"}) for letter in asyncio.run(work())]
    show(rows, as_json, _letter_table)


def _letter_table(rows: list[dict[str, Any]]) -> Table:
    table = Table("id", "time", "reason", "reader", "topic", "detail")
    for row in rows:
        place = refused_at(row["topic"]).name
        table.add_row(
            row["id"][:8], row["time"][:19], row["reason"], row["reader"], f"{place}@{row['offset']}", row["detail"]
        )
    return table


def show_letter(id: str, purpose: Why = "HSYSADMIN", data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Show one dead letter with its decrypted original; for HL7 also `where` the error is.

    The output may hold personal data.
    """
    settings = context(data_dir).settings

    async def work() -> tuple[Any, str]:
        async with mongo.connected(settings.mongo.url) as client:
            _, letter = letters_of.pick(await letters_of.letters(settings, load_all(settings), only=id), id)
            original = await letters_of.readable(letter, key_ring(settings, client))
            persons = await persons_among(client, [letter.key, *ids_in(original)])
        await record(settings, "dlq show", purpose, persons, [letters_of.place_of(letter)])
        return letter, original

    letter, original = _result(work)
    fields = {**letter.model_dump(exclude={"original", "headers"}), "where": pointed(original, letter.detail)}
    show({**fields, "original": original} if as_json else fields, True, str)
    if not as_json:
        print(original)


def redrive_letter(
    id: str,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="repaired bytes to send instead of the original")
    ] = None,
    purpose: Why = "HSYSADMIN",
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Send a dead letter again, unchanged or repaired. Exit 1 if it was refused again, or cannot be sent again.

    A record that a read model refused is not sent again: the output names the collections to rebuild.
    """
    system = context(data_dir)
    settings, repaired = system.settings, file.read_bytes() if file else None

    async def work() -> tuple[bool, str]:
        async with mongo.connected(settings.mongo.url) as client:
            place, letter = letters_of.pick(await letters_of.letters(settings, load_all(settings), only=id), id)
            persons = await persons_among(client, [letter.key])
            await record(settings, "dlq redrive", purpose, persons, [letters_of.place_of(letter)])
            ring = key_ring(settings, client)

            async def send(value: bytes) -> tuple[bool, str]:
                with system.client(senders=spoken_for(value, letter.key)) as http:
                    return await asyncio.to_thread(resend, http, value)

            return await Redrive(settings, load_all(settings), client, ring, send).run(place, letter, repaired)

    done, detail = _result(work)
    show({"redriven": done, "detail": detail}, as_json, lambda result: result["detail"])
    if not done:
        raise typer.Exit(1)


def forget_letter(
    id: str,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Destroy the original of a dead letter for ever, if an erasure cannot attribute it; its reason stays."""
    settings = context(data_dir).settings
    if not yes:
        typer.confirm(f"Destroy the original of dead letter {id} for ever?", abort=True, err=True)

    async def work() -> dict[str, Any]:
        async with mongo.connected(settings.mongo.url) as client:
            _, letter = letters_of.pick(await letters_of.letters(settings, load_all(settings), only=id), id)
            return {"id": letter.id, "keys_destroyed": await letters_of.forget(letter, key_ring(settings, client))}

    show(_result(work), as_json, lambda result: f"{result['id']}: {result['keys_destroyed']} keys destroyed")


async def _letters_to_review(settings: Settings) -> list[str]:
    async with mongo.connected(settings.mongo.url) as client:
        letters = await letters_of.letters(settings, load_all(settings), whole=False)
        return await letters_of.readable_letters((letter for _, letter in letters.values()), key_ring(settings, client))


def _result(work: Any) -> Any:
    """Run an async function. Raises `UserError` for an unknown dead letter or an unusable key store."""
    try:
        return asyncio.run(work())
    except (letters_of.NoSuchLetter, LostKey, WrongMasterKey) as error:
        raise UserError(str(error)) from error
