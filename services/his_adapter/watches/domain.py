"""Decider of silence alarms: each message moves a timer; when it fires, the source fell silent. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from services.his_adapter.watches.commands import TIMERS, FireTimer, HearSource, Observe, WatchesCommand
from services.his_adapter.watches.definitions import Watch
from shared.contracts.base import Part, changed
from shared.contracts.his_watches import SourceFellSilent, SourceHeardAgain, TimerSet
from shared.decider import Decider, Rejection
from shared.definition_ref import Named, named
from shared.definitions import Definitions
from shared.ids import derive
from shared.working_time import HORIZON_DAYS, NoWorkingTime, add_working_time, working_time_between


class Observed(Part):
    """One watch. `silent_since`: start of the silence, None without alarm. `heard`: last message that events record.

    `timer` is the version of the last timer (0: none yet), `definition` the reference of the watch that set it.
    """

    silent_since: datetime | None = None
    heard: datetime | None = None
    timer: int = 0
    definition: Named = None


WatchesEvent = SourceFellSilent | SourceHeardAgain | TimerSet


def decide(command: WatchesCommand, observed: Observed, definitions: Definitions) -> Sequence[WatchesEvent] | Rejection:
    """Return the events of a command: move the timer, raise the alarm, or end it."""
    watch = definitions.find(Watch, command.watch)
    if isinstance(command, Observe):
        if watch is None or watch.version < command.version:
            return Rejection("watch-unknown", f"version {command.version} of watch {command.watch!r} is not in force")
        return _begin(command, watch, observed, _last_heard(watch, observed, definitions))
    if watch is None:  # retired in the meantime
        return []
    last_heard = _last_heard(watch, observed, definitions)
    match command:
        case HearSource():
            return _hear(command, watch, observed, last_heard)
        case FireTimer():
            return _fire(command, watch, observed, last_heard)
        case _:
            assert_never(command)


def _last_heard(watch: Watch, observed: Observed, definitions: Definitions) -> datetime | None:
    """Return the last message of the watched source, or None if an older version watched another source or types."""
    if not observed.definition or observed.definition == watch.this_version:
        return observed.heard
    before = definitions.version(Watch, observed.definition)
    return observed.heard if (before.source, before.types) == (watch.source, watch.types) else None


def _begin(c: Observe, watch: Watch, observed: Observed, last_heard: datetime | None) -> Sequence[WatchesEvent]:
    """Set the first timer of a version. Silence counts from the source's last message, else from when it was applied.

    Only messages that were watched count: the decider knows of no others.
    """
    if not c.version or observed.definition == watch.this_version:
        return []
    since = max(filter(None, (last_heard, c.heard)), default=watch.applied_at or c.at)
    if observed.silent_since is None:
        return [_timer(c, watch, observed, since)]
    if silent_since(watch, since, c.at):
        return []
    return [_heard_again(c, watch, observed.silent_since), _timer(c, watch, observed, since)]


def _hear(c: HearSource, watch: Watch, observed: Observed, last_heard: datetime | None) -> Sequence[WatchesEvent]:
    """Move the timer, at most once per `watch.grain`; end the alarm if it is raised."""
    if last_heard and c.at <= last_heard:
        return []
    if observed.silent_since:
        return [_heard_again(c, watch, observed.silent_since), _timer(c, watch, observed, c.at)]
    if last_heard and observed.definition == watch.this_version and c.at - last_heard < watch.grain:
        return []
    return [_timer(c, watch, observed, c.at)]


def _fire(c: FireTimer, watch: Watch, observed: Observed, last_heard: datetime | None) -> Sequence[WatchesEvent]:
    if c.version != observed.timer or observed.silent_since or last_heard is None:
        return []
    since = silent_since(watch, last_heard, c.at)
    if since is None:  # the version in force allows a longer silence than the one that set the timer
        return [_timer(c, watch, observed, last_heard)]
    return [
        SourceFellSilent(
            at=c.at,
            watch=watch.id,
            source=watch.source,
            types=watch.types,
            since=since,
            minutes=watch.minutes,
            staff=watch.staff,
            template=watch.template,
            valid_until=c.at + timedelta(hours=watch.valid_hours),
        )
    ]


def _heard_again(c: WatchesCommand, watch: Watch, silent_since: datetime) -> SourceHeardAgain:
    return SourceHeardAgain(at=c.at, watch=watch.id, source=watch.source, types=watch.types, silent_since=silent_since)


def _timer(c: WatchesCommand, watch: Watch, observed: Observed, last_heard: datetime) -> TimerSet:
    timer_id, due = derive("his-watches", watch.id, "silence"), alarm_due(watch, last_heard)
    return TIMERS.wake(c.at, watch.id, timer_id, observed.timer + 1, due, heard=last_heard, definition=watch.ref)


def alarm_due(watch: Watch, last_heard: datetime) -> datetime:
    """Return when to raise the alarm after a message at `last_heard`; without watched time, `HORIZON_DAYS` later."""
    try:
        return add_working_time(watch, last_heard, watch.allowed + watch.grain).at
    except NoWorkingTime:
        return last_heard + timedelta(days=HORIZON_DAYS)


def silent_since(watch: Watch, last_heard: datetime, now: datetime) -> datetime | None:
    """Return `last_heard` if the source has been silent for too long since, else None."""
    return None if working_time_between(watch, last_heard, now) < watch.allowed else last_heard


def evolve(observed: Observed, event: WatchesEvent) -> Observed:
    """Apply an event to the state that `decide` reads."""
    match event:
        case SourceFellSilent():
            return changed(observed, silent_since=event.since, heard=event.since)
        case SourceHeardAgain():
            return changed(observed, silent_since=None, heard=event.at)
        case TimerSet():
            return changed(observed, heard=event.heard, timer=event.version, definition=named(event.definition))
        case _:
            assert_never(event)


WATCHES = Decider(
    name="his-watches",
    initial=Observed,
    decide=decide,
    evolve=evolve,
    state=Observed,
    state_version=2,
    partitions=1,
    timers=TIMERS,
)
