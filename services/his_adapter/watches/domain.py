"""A silence is told when it begins and when it ends: a timer says when it would begin, messages move it. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from services.his_adapter.watches.commands import TIMERS, FireTimer, HearSource, Observe, WatchesCommand
from services.his_adapter.watches.definitions import Watch
from shared.contracts.base import Part, changed
from shared.contracts.his_watches import SourceFellSilent, SourceHeardAgain, TimerSet
from shared.decider import Decider, Rejection
from shared.definitions import Definitions
from shared.ids import derive
from shared.working_time import HORIZON_DAYS, NoWorkingTime, add_working_time, working_time_between


class Observed(Part):
    """One watch. `silent_since`: the alarm is raised. `heard`: when its source spoke last, as far as events say.

    `timer` is the version of the timer set last (0: none yet), `definition` the version of the watch it was set by.
    """

    silent_since: datetime | None = None
    heard: datetime | None = None
    timer: int = 0
    definition: str = ""


WatchesEvent = SourceFellSilent | SourceHeardAgain | TimerSet


def decide(command: WatchesCommand, observed: Observed, definitions: Definitions) -> Sequence[WatchesEvent] | Rejection:
    """Move the timer, raise the alarm, or take it back."""
    watch = definitions.find(Watch, command.watch)
    if isinstance(command, Observe):
        if watch is None or watch.version < command.version:
            return Rejection("watch-unknown", f"version {command.version} of watch {command.watch!r} is not in force")
        return _begin(command, watch, observed, _last_heard(watch, observed, definitions))
    if watch is None:  # retired while this was on its way
        return []
    heard = _last_heard(watch, observed, definitions)
    match command:
        case HearSource():
            return _hear(command, watch, observed, heard)
        case FireTimer():
            return _fire(command, watch, observed, heard)
        case _:
            assert_never(command)


def _last_heard(watch: Watch, observed: Observed, definitions: Definitions) -> datetime | None:
    """When the source was heard that is watched now; None where an older version watched another one."""
    if not observed.definition or observed.definition == watch.ref:
        return observed.heard
    before = definitions.version(Watch, observed.definition)
    return observed.heard if (before.source, before.types) == (watch.source, watch.types) else None


def _begin(c: Observe, watch: Watch, observed: Observed, heard: datetime | None) -> Sequence[WatchesEvent]:
    """The first timer under a version of the definition; a source never heard is silent since that was applied."""
    if not c.version or observed.definition == watch.ref:
        return []
    since = max(filter(None, (heard, c.heard)), default=watch.applied_at or c.at)
    if observed.silent_since is None:
        return [_timer(c, watch, observed, since)]
    if silent_since(watch, since, c.at):
        return []
    return [_heard_again(c, watch, observed.silent_since), _timer(c, watch, observed, since)]


def _hear(c: HearSource, watch: Watch, observed: Observed, heard: datetime | None) -> Sequence[WatchesEvent]:
    """At most one event each `watch.grain`: the timer allows for what that leaves unsaid."""
    if heard and c.at <= heard:
        return []
    if observed.silent_since:
        return [_heard_again(c, watch, observed.silent_since), _timer(c, watch, observed, c.at)]
    if heard and observed.definition == watch.ref and c.at - heard < watch.grain:
        return []
    return [_timer(c, watch, observed, c.at)]


def _fire(c: FireTimer, watch: Watch, observed: Observed, heard: datetime | None) -> Sequence[WatchesEvent]:
    if c.version != observed.timer or observed.silent_since or heard is None:
        return []
    since = silent_since(watch, heard, c.at)
    if since is None:  # the version in force allows a longer silence than the one that set the timer
        return [_timer(c, watch, observed, heard)]
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


def _timer(c: WatchesCommand, watch: Watch, observed: Observed, heard: datetime) -> TimerSet:
    timer_id, due = derive("his-watches", watch.id, "silence"), too_long(watch, heard)
    return TIMERS.wake(c.at, watch.id, timer_id, observed.timer + 1, due, heard=heard, definition=watch.ref)


def too_long(watch: Watch, heard: datetime) -> datetime:
    """When a source last heard at `heard` has been silent for too long; in ten years where nothing is watched."""
    try:
        return add_working_time(watch, heard, watch.allowed + watch.grain).at
    except NoWorkingTime:
        return heard + timedelta(days=HORIZON_DAYS)


def silent_since(watch: Watch, heard: datetime, now: datetime) -> datetime | None:
    """Since when it is silent for too long; None where it is not."""
    return None if working_time_between(watch, heard, now) < watch.allowed else heard


def evolve(observed: Observed, event: WatchesEvent) -> Observed:
    """Apply an event to the state that `decide` reads."""
    match event:
        case SourceFellSilent():
            return changed(observed, silent_since=event.since, heard=event.since)
        case SourceHeardAgain():
            return changed(observed, silent_since=None, heard=event.at)
        case TimerSet():
            return changed(observed, heard=event.heard, timer=event.version, definition=event.definition)
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
