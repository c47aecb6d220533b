"""The aggregate of one case: opened, escalated, assigned, resolved, with SLA clocks. Pure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, timedelta
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from services.complaints.commands import TIMERS, AssignCase, ComplaintsCommand, FireTimer, OpenCase, ResolveCase
from services.complaints.definitions import SlaPolicy
from shared.contracts.base import Part, changed, retold
from shared.contracts.complaints import (
    Calendar,
    CaseAssigned,
    CaseEscalated,
    CaseOpened,
    CaseResolved,
    NoSlaPolicyMatched,
    SlaBreached,
    SlaStarted,
    TimerCancelled,
    TimerSet,
)
from shared.contracts.contacts import Staff
from shared.decider import Decider, Rejection
from shared.definition_ref import Named, named
from shared.definitions import Definitions
from shared.ids import derive
from shared.rules import holds
from shared.working_time import add_working_time

Target = Literal["respond", "resolve"]
ComplaintsEvent = (
    CaseOpened
    | NoSlaPolicyMatched
    | SlaStarted
    | SlaBreached
    | CaseEscalated
    | CaseAssigned
    | CaseResolved
    | TimerSet
    | TimerCancelled
)


class Case(Part):
    """`policy`: the SLA policy that set the `clocks`, which are running targets by timer id. A resolved case stays.

    `revision` counts what people did (opened, assigned, resolved), not what clocks do: a command about an older one
    comes from somebody who did not see what a colleague had done.
    """

    status: Literal["none", "open", "assigned", "resolved"] = "none"
    person_id: str = ""
    department: str = ""
    policy: Named = None
    level: int = 0
    revision: int = 0
    clocks: dict[str, Target] = {}


def decide(command: ComplaintsCommand, case: Case, definitions: Definitions) -> Sequence[ComplaintsEvent] | Rejection:
    """Decide a command. Rejection slugs: `case-unknown`, `case-already-resolved`, `case-changed`."""
    match command:
        case OpenCase():
            return list(_open(command, definitions)) if case.status == "none" else []
        case AssignCase():
            return _unworkable(case, command) or list(_assign(command, case))
        case ResolveCase():
            return _unworkable(case, command) or list(_resolve(command, case))
        case FireTimer():
            return list(_breach(command, case, definitions))
        case _:
            assert_never(command)


def _unworkable(case: Case, command: AssignCase | ResolveCase) -> Rejection | None:
    """A rejection if the case does not exist, is resolved or is not as the caller saw it; else None."""
    if case.status == "none":
        return Rejection("case-unknown", f"there is no case {command.case_id}")
    if case.status == "resolved":
        return Rejection("case-already-resolved", f"case {command.case_id} was resolved already")
    if command.seen_revision not in (None, case.revision):
        detail = f"case {command.case_id} is at revision {case.revision}, not {command.seen_revision}"
        return Rejection("case-changed", detail)
    return None


def _open(c: OpenCase, definitions: Definitions) -> Iterator[ComplaintsEvent]:
    yield retold(CaseOpened, c)
    facts = {"case": c.model_dump(include={"category", "severity", "source", "department"})}
    policies = definitions.current(SlaPolicy)
    policy = next((policy for policy in policies if holds(policy.when, facts)), None)
    calendar = definitions.find(Calendar, policy.calendar) if policy else None
    if policy is None or calendar is None:
        considered = tuple(policy.ref for policy in policies)
        yield NoSlaPolicyMatched(at=c.at, case_id=c.case_id, person_id=c.person_id, considered=considered)
        return
    targets: list[tuple[Target, int]] = [("respond", policy.respond_minutes), ("resolve", policy.resolve_minutes)]
    for target, minutes in targets:
        due = add_working_time(calendar, c.at, timedelta(minutes=minutes))
        yield SlaStarted(
            at=c.at,
            case_id=c.case_id,
            person_id=c.person_id,
            policy=policy.ref,
            calendar=calendar.ref,
            target=target,
            due=due.at,
            provisional=due.provisional,
        )
        yield TIMERS.wake(c.at, c.case_id, derive(c.case_id, target), 1, due.at)


def _assign(c: AssignCase, case: Case) -> Iterator[ComplaintsEvent]:
    yield CaseAssigned(
        at=c.at, case_id=c.case_id, person_id=case.person_id, assignee=c.assignee, assigned_by=c.assigned_by
    )
    yield from (
        TIMERS.cancel(c.at, c.case_id, timer, 1) for timer, target in case.clocks.items() if target == "respond"
    )


def _resolve(c: ResolveCase, case: Case) -> Iterator[ComplaintsEvent]:
    yield CaseResolved(
        at=c.at, case_id=c.case_id, person_id=case.person_id, resolved_by=c.resolved_by, resolution=c.resolution
    )
    for timer in case.clocks:
        yield TIMERS.cancel(c.at, c.case_id, timer, 1)


def _breach(c: FireTimer, case: Case, definitions: Definitions) -> Iterator[ComplaintsEvent]:
    target = case.clocks.get(c.timer_id)
    if target is None or case.status == "resolved":
        return
    assert case.policy is not None, "what is running was started by a policy"
    yield SlaBreached(
        at=c.at, case_id=c.case_id, person_id=case.person_id, policy=str(case.policy), target=target, due=c.due
    )
    policy = definitions.version(SlaPolicy, case.policy)
    calendar = definitions.find(Calendar, policy.calendar)
    today = c.at.astimezone(ZoneInfo(calendar.zone) if calendar else UTC).date()
    levels_above = list(enumerate(policy.levels, 1))[case.level :]
    staffed_levels = [
        (n, level, in_charge(definitions, level.role, case.department, today)) for n, level in levels_above
    ]
    chosen = next((entry for entry in staffed_levels if entry[2]), staffed_levels[-1] if staffed_levels else None)
    if chosen:
        number, level, staff = chosen
        yield CaseEscalated(
            at=c.at,
            case_id=c.case_id,
            person_id=case.person_id,
            level=number,
            role=level.role,
            escalated_to=staff,
            template=level.template,
            department=case.department,
            reason=f"{target}-overdue",
            valid_until=c.at + timedelta(hours=level.valid_hours),
        )


def in_charge(definitions: Definitions, role: str, department: str, today: date) -> tuple[str, ...]:
    """Staff with a role who are not absent `today`: of the department if there are any, else of the whole hospital."""
    present = [
        staff
        for staff in definitions.current(Staff)
        if role in staff.roles
        and not (staff.absent_from and staff.absent_from <= today <= (staff.absent_until or date.max))
    ]
    in_department = [staff for staff in present if staff.department == department]
    return tuple(staff.id for staff in in_department or present)


def evolve(case: Case, event: ComplaintsEvent) -> Case:
    """Apply an event to the state that `decide` reads."""
    match event:
        case CaseOpened():
            return changed(
                case, status="open", revision=case.revision + 1, person_id=event.person_id, department=event.department
            )
        case SlaStarted():
            clocks = {**case.clocks, derive(event.case_id, event.target): event.target}
            return changed(case, policy=named(event.policy), clocks=clocks)
        case SlaBreached() | TimerCancelled():
            ended = event.timer_id if isinstance(event, TimerCancelled) else derive(event.case_id, event.target)
            return changed(case, clocks={timer: target for timer, target in case.clocks.items() if timer != ended})
        case CaseEscalated():
            return changed(case, level=event.level)
        case CaseAssigned():
            return changed(case, status="assigned", revision=case.revision + 1)
        case CaseResolved():
            return changed(case, status="resolved", revision=case.revision + 1)
        case NoSlaPolicyMatched() | TimerSet():
            return case
        case _:
            assert_never(event)


DECIDER = Decider(
    name="complaints", initial=Case, decide=decide, evolve=evolve, state=Case, state_version=2, timers=TIMERS
)
