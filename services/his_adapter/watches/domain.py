"""A silence is told when it begins and when it ends, however often it is looked at. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, assert_never

from services.his_adapter.watches.definitions import Watch
from shared.contracts.base import Command, Moment, Part
from shared.contracts.his_watches import SourceFellSilent, SourceHeardAgain
from shared.decider import Decider, Rejection
from shared.definitions import Definitions


class Observe(Command):
    """Since when a source is silent; None where it is not."""

    wire: ClassVar[str] = "careloop.his-watches.observe.v1"
    key_field: ClassVar[str] = "watch"

    watch: str
    silent_since: Moment | None = None


class Observed(Part):
    """Since when a source is known to be silent."""

    silent_since: datetime | None = None


Events = SourceFellSilent | SourceHeardAgain


def decide(command: Observe, observed: Observed, definitions: Definitions) -> Sequence[Events] | Rejection:
    """What is new about a source."""
    watch = definitions.find(Watch, command.watch)
    if watch is None:
        return Rejection("watch-unknown", f"no `watch` definition {command.watch!r} is in force")
    if command.silent_since and observed.silent_since is None:
        return [
            SourceFellSilent(
                at=command.at,
                watch=watch.id,
                source=watch.source,
                types=watch.types,
                since=command.silent_since,
                minutes=watch.minutes,
                staff=watch.staff,
                template=watch.template,
            )
        ]
    if command.silent_since is None and observed.silent_since:
        return [
            SourceHeardAgain(
                at=command.at,
                watch=watch.id,
                source=watch.source,
                types=watch.types,
                silent_since=observed.silent_since,
            )
        ]
    return []


def evolve(observed: Observed, event: Events) -> Observed:
    """Follow it."""
    match event:
        case SourceFellSilent():
            return Observed(silent_since=event.since)
        case SourceHeardAgain():
            return Observed()
        case _:
            assert_never(event)


WATCHES = Decider(service="his-watches", initial=Observed, decide=decide, evolve=evolve, state=Observed, partitions=1)
