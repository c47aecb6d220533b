"""Play the demo: start the system, play the story with a live view, write the report, stop."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from deploy.cli.context import out
from deploy.cli.trace import gather, lines
from deploy.demo.director import Director
from deploy.demo.driven import Driven, InContainers
from deploy.demo.story import patient_story
from deploy.demo.view import LiveEvents, timeline
from deploy.local.options import Options
from deploy.local.system import System
from deploy.settings import AllSettings
from shared.clock import real_time

console = out


async def play(options: Options, report: Path) -> None:
    """Play the whole demo. Raises `StoryBroke`, `ProblemAnswered` or `CannotStart`."""
    began = time.monotonic()
    system = System(options, lambda line: console.print(f"[dim]{line}[/]", highlight=False))
    try:
        await system.start()
        result, director = await _story(system)
        await asyncio.sleep(0.7)  # spans are written twice a second
        trace = await gather(system.settings.mongo.url, system.settings.span_file, result["person_id"])
        _write(report, result, trace)
        console.rule("the patient's 360")
        console.print(timeline(result["person"], director.zone))
        console.rule("why all this happened")
        for line in lines(trace):
            console.print(line, soft_wrap=True, highlight=False)
        console.print(f"report: {report}   [dim]{time.monotonic() - began:.0f} s[/]", highlight=False)
    finally:
        await system.stop()


async def in_containers(settings: AllSettings, patients_url: str) -> None:
    """Play the story in a system that runs in containers; then its clock shows the real time again."""
    began = time.monotonic()
    system = InContainers(settings, patients_url)
    await system.mailbox.start()
    try:
        await system.until_ready()
        console.print(f"every process is ready   [dim]{time.monotonic() - began:.0f} s[/]", highlight=False)
        result, director = await _story(system)
        console.rule("the patient's 360")
        console.print(timeline(result["person"], director.zone))
        director.clock.set(real_time(), 1)
        console.print(f"done   [dim]{time.monotonic() - began:.0f} s[/]", highlight=False)
    finally:
        await system.mailbox.stop()


async def _story(system: Driven) -> tuple[dict[str, Any], Director]:
    """Play the story beside a view of events."""
    events = LiveEvents(system.settings, console)
    watching = asyncio.create_task(events.run())
    try:
        director = Director(system)
        return await patient_story(director, events.tell), director
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _write(report: Path, result: dict[str, Any], trace: list[dict[str, Any]]) -> None:
    content = {
        "person_id": result["person_id"],
        "timeline": result["person"]["timeline"],
        "person": {name: value for name, value in result["person"].items() if name != "timeline"},
        "tasks": result["tasks"],
        "messages": result["messages"],
        "case": result["case"],
        "trace": trace,
    }
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(content, ensure_ascii=False, indent=1))
