"""`topics`, `lag`, `clock`, `token`, `doctor`: operate a system."""

import asyncio
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.catalogue import load_all, scopes, unstarted
from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, show
from deploy.operating.doctor import examine
from deploy.operating.groups import restart
from deploy.operating.statuses import lags, readiness, silent
from deploy.operating.topics import prepare
from shared import identity
from shared.bus.groups import Place
from shared.bus.topics import TopicTrouble
from shared.canary import OtherKeys
from shared.clock import SharedClock
from shared.incarnation import OtherLog
from shared.masters import WrongMasterKey


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(topics)
    app.command()(lag)
    app.command()(token)
    app.command()(doctor)
    clock = typer.Typer(help="Move the shared clock of a local system.", no_args_is_help=True)
    clock.command()(freeze)
    clock.command()(jump)
    clock.command("run")(run_clock)
    app.add_typer(clock, name="clock")


def topics(
    group: Annotated[str | None, typer.Option(help="a stopped consumer group to move")] = None,
    topic: Annotated[str | None, typer.Option(help="with --group: move it on this topic only")] = None,
    place: Annotated[str | None, typer.Option("--from", help="with --group: beginning, now, or a time")] = None,
    anew: Annotated[str | None, typer.Option(help="accept that this topic was deleted and created again")] = None,
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Create missing topics and set the offsets of new consumer groups (safe to repeat); --group moves one group."""
    if (group is None) != (place is None) or (topic and not group):
        raise UserError("--group and --from belong together, --topic narrows them")
    settings = context(data_dir).settings
    services = load_all(settings)
    try:
        if group and place:
            asyncio.run(restart(services, settings, group, topic, _place(place)))
            show({"group": group, "from": place}, as_json, lambda d: f"{d['group']} goes on from {d['from']}")
            return
        if anew:
            asyncio.run(identity.accept(settings.kafka, anew))
        done = asyncio.run(prepare(services, settings))
    except (TopicTrouble, OtherKeys, OtherLog, WrongMasterKey) as error:
        raise UserError(str(error)) from error
    report = {"created": done.topics, "marked_new": done.groups}
    show(report, as_json, lambda d: f"{len(d['created'])} topics created, {len(d['marked_new'])} groups marked new")


def _place(text: str) -> Place:
    if text in ("beginning", "now"):
        return "now" if text == "now" else "beginning"
    return _time(text)


def lag(data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Show the lag of each consumer group, in records."""
    status: dict[str, Any] = context(data_dir).status()
    show(lags(status), as_json, _lag_table)
    if down := silent(status):
        raise UserError(f"{', '.join(down)} did not answer, their lag is not known: `careloop status`")


def _lag_table(rows: dict[str, Any]) -> Table:
    table = Table("group", "lag")
    for name, count in sorted(rows.items()):
        table.add_row(name, str(count))
    return table


def token(
    scope: Annotated[
        list[str] | None, typer.Option(help="a scope such as contacts:read; repeat it; default all")
    ] = None,
    subject: str = "careloop-cli",
    role: Annotated[
        list[str] | None, typer.Option(help="a role of a staff member, as in `access` definitions; repeat it")
    ] = None,
    department: Annotated[list[str] | None, typer.Option(help="a department of the staff member")] = None,
    campus: Annotated[list[str] | None, typer.Option(help="a campus of the staff member")] = None,
    sender: Annotated[
        list[str] | None, typer.Option(help="a sender that the token may use, such as HIS/CITY; repeat it; default any")
    ] = None,
    hours: Annotated[float, typer.Option(min=0.01)] = 12,
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Mint a bearer token with the local key (only for systems started by `up`)."""
    for name in scope or ():
        if name not in scopes() and not name.startswith("*:"):
            raise UserError(f"there is no scope {name!r}: choose from {', '.join(scopes())}")
    lists = {"roles": role, "departments": department, "campuses": campus, "senders": sender}
    claims = {name: values for name, values in lists.items() if values}
    minted = context(data_dir).token(scope or scopes(), timedelta(hours=hours), subject, **claims)
    show({"token": minted}, as_json, lambda result: result["token"])


def _clock(data_dir: DataDir) -> SharedClock:
    file = context(data_dir).settings.clock_file
    if file is None:
        raise UserError("this system follows the real clock: CARELOOP_CLOCK_FILE is not set")
    return SharedClock(file)


At = Annotated[str | None, typer.Argument(help="a time with its offset, for example 2026-03-09T09:00:00+08:00")]


def _time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"{text!r} is no ISO 8601 time, for example 2026-03-09T09:00:00+08:00") from error
    if at.tzinfo is None:
        raise UserError(f"{text!r} has no UTC offset, for example +08:00")
    return at


def freeze(at: At = None, data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Freeze the clock at its present time, or at a given time."""
    clock = _clock(data_dir)
    _set(clock, _time(at) if at else clock(), 0, as_json)


def jump(
    at: Annotated[str, typer.Argument(help="a time with its offset")],
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Jump to a time and go on at the same speed (a frozen clock stays frozen)."""
    clock = _clock(data_dir)
    anchor = clock.anchor()
    _set(clock, _time(at), anchor.speed if anchor else 1, as_json)


def run_clock(
    speed: Annotated[float, typer.Option(min=0, help="1 is real time")] = 1,
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Let the clock run from its present time, at a speed."""
    clock = _clock(data_dir)
    _set(clock, clock(), speed, as_json)


def _set(clock: SharedClock, at: datetime, speed: float, as_json: bool) -> None:
    clock.set(at, speed)
    show({"now": clock().isoformat(), "speed": speed}, as_json, lambda result: f"{result['now']} (speed {speed:g})")


def doctor(data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Check everything that a system needs. Exit 1 if a check fails."""
    system = context(data_dir)
    findings = asyncio.run(examine(system.settings, load_all(unstarted())))
    if system.options is not None:
        findings.append(readiness(system.status()))
    show([asdict(finding) for finding in findings], as_json, _findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def _findings(findings: list[dict[str, Any]]) -> Table:
    table = Table("", "what", "detail")
    for finding in findings:
        table.add_row("[green]ok" if finding["ok"] else "[red]no", finding["what"], finding["detail"])
    return table
