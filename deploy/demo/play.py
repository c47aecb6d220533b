"""Start the system, play the story with a live view, write the report, stop."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

from deploy.cli.context import out
from deploy.cli.trace import gather, lines
from deploy.demo.director import Director
from deploy.demo.story import patient_story
from deploy.demo.view import LiveEvents, timeline
from deploy.local.options import Options
from deploy.local.system import System

console = out


async def play(options: Options, report: Path) -> None:
    """The whole demo. Raises `StoryBroke`, `ProblemAnswered` or `CannotStart`."""
    began = time.monotonic()
    system = System(options, lambda line: console.print(f"[dim]{line}[/]", highlight=False))
    try:
        await system.start()
        events = LiveEvents(system.settings, console)
        watching = asyncio.create_task(events.run())
        try:
            director = Director(system)
            told = await patient_story(director, events.tell)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await asyncio.sleep(0.7)  # spans are written twice a second
        trace = await gather(system.settings.mongo.url, system.settings.span_file, told["person_id"])
        _write(report, told, trace)
        console.rule("the patient's 360")
        console.print(timeline(told["person"], director.zone))
        console.rule("why all this happened")
        for line in lines(trace):
            console.print(line, soft_wrap=True, highlight=False)
        console.print(f"report: {report}   [dim]{time.monotonic() - began:.0f} s[/]", highlight=False)
    finally:
        await system.stop()


def _write(report: Path, told: dict[str, Any], trace: list[dict[str, Any]]) -> None:
    content = {
        "person_id": told["person_id"],
        "timeline": told["person"]["timeline"],
        "person": {name: value for name, value in told["person"].items() if name != "timeline"},
        "tasks": told["tasks"],
        "messages": told["messages"],
        "case": told["case"],
        "trace": trace,
    }
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(content, ensure_ascii=False, indent=1))
