"""Terminal output of the demo: events as they happen, then the patient's timeline."""

from datetime import datetime, tzinfo
from itertools import cycle
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from deploy.catalogue import load_all, unstarted
from shared.bus.clients import groupless_consumer, started
from shared.settings import Settings

COLOURS = ("cyan", "green", "red", "magenta", "yellow", "blue")
"""The colours of services, in the order of the catalogue."""
WORDS = ("score", "comment", "resolution")
"""What a timeline shows beside the fields that a trace shows: what the patient and the office said."""


class LiveEvents:
    """Prints each new event of every service as it is written to Kafka."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self._settings, self._console = settings, console
        slugs = [service.slug for service in load_all(settings)]
        self._colours = dict(zip(slugs, cycle(COLOURS), strict=False))

    async def run(self) -> None:
        """Print events until cancelled."""
        kafka = self._settings.kafka
        async with started(groupless_consumer(kafka, waits=True)) as consumer:
            tps = [tp for service in load_all(self._settings) for tp in service.partitions("events", kafka.partitions)]
            consumer.assign(tps)
            for tp, end in (await consumer.end_offsets(tps)).items():
                consumer.seek(tp, end)
            while True:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        self._print(orjson.loads(record.value))

    def _print(self, event: dict[str, Any]) -> None:
        service, name = event["type"].split(".")[1:3]
        colour = self._colours.get(service, "white")
        self._console.print(
            f"  [dim]{event['recordedtime'][:19]}Z[/] [{colour}]{service:12}[/] {name.replace('_', ' ')}",
            highlight=False,
        )

    async def tell(self, line: str) -> None:
        """Print a step of the story."""
        self._console.print(f"[bold]● {line}[/]", highlight=False)


def timeline(person: dict[str, Any], zone: tzinfo) -> Table:
    """Return the timeline of a 360 as a table, in time zone `zone`."""
    identity = person["identity"]
    title = f"{identity.get('name')}  {identity.get('birth_date')}  {', '.join(identity.get('phones') or [])}"
    shown = {*WORDS, *(name for service in load_all(unstarted()) for name in service.trace.says)} - {"timer_id"}
    table = Table("when", "what", "details", title=title, title_justify="left")
    for entry in person["timeline"]:
        fields = {name: value for name, value in entry["data"].items() if name in shown and value not in (None, "")}
        details = ", ".join(f"{name} {value}" for name, value in fields.items())
        at = datetime.fromisoformat(entry["time"]).astimezone(zone)
        table.add_row(f"{at:%Y-%m-%d %H:%M}", entry["type"].split(".", 1)[1].removesuffix(".v1"), details)
    return table
