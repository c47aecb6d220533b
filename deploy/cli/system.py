"""`up`, `down`, `status`, `demo`: start, stop and inspect a local system."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.cli.context import DEFAULT_DIR, AsJson, DataDir, UserError, context, out, show
from deploy.local.embedded import CannotStart
from deploy.local.options import NotRunning, Options, recall
from deploy.local.system import System

Port = Annotated[int, typer.Option(min=1, max=65535)]
KafkaAddress = Annotated[str | None, typer.Option(help="HOST:PORT of an Apache Kafka instead of the embedded broker")]
MongoUrlOption = Annotated[str | None, typer.Option(help="URL of a MongoDB instead of the embedded one")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(demo)


def up(
    port: Port = 8800,
    mllp_port: Port = 2575,
    kafka_port: Port = 19092,
    mongo_port: Port = 27117,
    smtp_port: Port = 1025,
    his_port: Port = 2576,
    data_dir: DataDir = DEFAULT_DIR,
    kafka: KafkaAddress = None,
    mongo: MongoUrlOption = None,
    clock_speed: Annotated[float | None, typer.Option(min=0.001, help="run the clock this many times as fast")] = None,
    split: Annotated[bool, typer.Option("--split", help="one process per role instead of one per service")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="return once it is ready and leave it running")] = False,
) -> None:
    """Start all services on this machine, with the definitions of the demo hospital. Ctrl-C stops them."""
    try:
        pid, _ = recall(data_dir)
        raise UserError(f"a system runs behind {data_dir} already (pid {pid}): `careloop down --data-dir {data_dir}`")
    except NotRunning:
        pass
    if detach:
        _detach(data_dir)
        return
    ports = (port, mllp_port, kafka_port, mongo_port, smtp_port, his_port)
    options = Options(*ports, data_dir, kafka, mongo, clock_speed, split)
    sys.exit(asyncio.run(_serve(options)))


async def _serve(options: Options) -> int:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        system = System(options, lambda line: out.print(line, highlight=False))
    except CannotStart as error:
        raise UserError(str(error)) from error
    stop_requested = asyncio.create_task(stopping.wait())
    start = asyncio.create_task(system.start())
    try:
        await asyncio.wait({stop_requested, start}, return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            start.result()
            ends: set[asyncio.Future[Any]] = {stop_requested, system.failed}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        if system.failed.done():
            raise CannotStart(system.failed.result())
        return 0
    except CannotStart as error:
        raise UserError(str(error)) from error
    finally:
        start.cancel()
        await asyncio.gather(start, return_exceptions=True)
        await system.stop()
        out.print("stopped", highlight=False)


def _detach(data_dir: Path) -> None:
    """Start the same command in a new session, and return when the system is ready. Raises `UserError`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    log = data_dir / "up.log"
    arguments = [argument for argument in sys.argv[1:] if argument != "--detach"]
    with log.open("wb") as sink:
        child = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            start_new_session=True,
        )
    while "ready at" not in log.read_text():
        if child.poll() is not None:
            raise UserError(log.read_text().strip().splitlines()[-1].removeprefix("careloop: "))
        time.sleep(0.2)
    out.print(log.read_text().strip(), highlight=False)
    out.print(f"left running (pid {child.pid}); `careloop down --data-dir {data_dir}` stops it", highlight=False)


def down(data_dir: DataDir = DEFAULT_DIR, as_json: AsJson = False) -> None:
    """Stop the system of a data folder, and wait up to two minutes."""
    try:
        pid, _ = recall(data_dir)
    except NotRunning as error:
        raise UserError(str(error)) from error
    os.kill(pid, signal.SIGTERM)
    for _ in range(1200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        if not (data_dir / "up.json").exists():
            break
        time.sleep(0.1)
    show({"status": "stopped"}, as_json, lambda result: result["status"])


def status(
    wait: Annotated[float, typer.Option(help="seconds to wait until everything is ready and nothing lags")] = 0,
    data_dir: DataDir = DEFAULT_DIR,
    as_json: AsJson = False,
) -> None:
    """Show readiness, lag and position of every role. Exit 1 if a role is not ready (with --wait: or lags)."""
    from deploy.local.quiet import is_quiet

    system = context(data_dir)
    deadline = time.monotonic() + wait
    while True:
        roles: dict[str, Any] = system.status()
        ready = all(role.get("ready") for role in roles.values())
        settled = ready and (not wait or is_quiet(roles, 0))
        if settled or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    show(roles, as_json, _table)
    if not settled:
        raise typer.Exit(1)


def _table(roles: dict[str, Any]) -> Table:
    table = Table("process", "group", "ready", "lag", "events read", "last event", "written", "next timer")
    for process, role in roles.items():
        if "groups" not in role:
            table.add_row(process, "", f"[red]no ({role.get('error')}): see the log {role.get('log', '')}")
        elif not role["groups"]:
            table.add_row(process, "(answers requests)", "yes" if role["ready"] else "[red]no")
        for group, at in role.get("groups", {}).items():
            ready, last = "yes" if at["ready"] else "[red]no", at.get("last") or {}
            table.add_row(
                process,
                group,
                ready,
                str(at.get("lag", "")),
                str(sum(at.get("next", {}).values())),
                last.get("where", "").removeprefix("careloop."),
                last.get("written", "")[:19],
                at.get("due") or "",
            )
    return table


def demo(
    data_dir: DataDir = Path("var/demo"),
    port: Port = 8800,
    mllp_port: Port = 2575,
    kafka_port: Port = 19092,
    mongo_port: Port = 27117,
    smtp_port: Port = 1025,
    his_port: Port = 2576,
    kafka: KafkaAddress = None,
    mongo: MongoUrlOption = None,
    split: Annotated[bool, typer.Option("--split", help="one process per role")] = False,
) -> None:
    """Start all services, play the story of one patient, write report.json, stop all services."""
    from careloop_client import ProblemAnswered
    from deploy.demo import play
    from deploy.demo.director import StoryBroke

    ports = (port, mllp_port, kafka_port, mongo_port, smtp_port, his_port)
    options = Options(*ports, data_dir / "up", kafka, mongo, None, split)
    try:
        asyncio.run(play(options, data_dir / "report.json"))
    except (CannotStart, StoryBroke, ProblemAnswered) as error:
        raise UserError(str(error)) from error
