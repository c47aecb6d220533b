"""Cases, clocks and levels, as a specification."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from pydantic import ValidationError

from services.complaints.commands import AssignCase, FireTimer, OpenCase, ResolveCase
from services.complaints.definitions import Level, SlaPolicy
from services.complaints.domain import DECIDER, Case, in_charge
from shared.contracts.base import changed, stored
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
from shared.definitions import Definitions
from shared.testing import Spec
from tests.conftest import SHANGHAI

DAY = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))
OFFICE = Calendar(
    id="office",
    version=1,
    zone="Asia/Shanghai",
    hours=dict.fromkeys(range(5), DAY),
    published_years=frozenset({2026}),
)
LEVELS = (Level(role="supervisor", template="escalated"), Level(role="director", template="escalated"))
POLICY = SlaPolicy(
    id="bad",
    version=1,
    when="case.severity == 'high'",
    calendar="office",
    respond_minutes=240,
    resolve_minutes=960,
    levels=LEVELS,
)
CHEN = Staff(id="chen", version=1, name="陈", email="chen@x.example", department="CARD", roles=("supervisor",))
MA = Staff(id="ma", version=1, name="马", email="ma@x.example", department="ORTH", roles=("supervisor",))
LIN = Staff(id="lin", version=1, name="Lin", email="lin@x.example", roles=("director",))
DEFINITIONS = Definitions.of(OFFICE, POLICY, CHEN, MA, LIN)
RULES = Spec(DECIDER, DEFINITIONS)
AT = datetime(2026, 3, 19, 10, 0, tzinfo=SHANGHAI)
OPEN = OpenCase(
    id="o",
    at=AT,
    case_id="k",
    person_id="p",
    category="dissatisfaction",
    severity="high",
    source="survey",
    source_id="t",
    department="CARD",
    score=1,
    description="nobody explained",
)
OPENED = RULES.when(OPEN).events
RESPOND, RESOLVE = [event for event in OPENED if isinstance(event, TimerSet)]
ASSIGN = AssignCase(id="a", at=AT, case_id="k", assignee="chen", assigned_by="ma")
SOLVE = ResolveCase(id="r", at=AT + timedelta(hours=1), case_id="k", resolved_by="chen", resolution="called")


def fire(timer: TimerSet) -> FireTimer:
    return FireTimer(id="f", at=timer.due, case_id="k", timer_id=timer.timer_id, version=1, due=timer.due)


def test_a_case_opens_with_both_clocks_running_in_working_time() -> None:
    RULES.when(OPEN).then_only(CaseOpened, SlaStarted, TimerSet, SlaStarted, TimerSet)
    assert RESPOND.due.astimezone(SHANGHAI) == datetime(2026, 3, 19, 15, 30, tzinfo=SHANGHAI)  # lunch does not count


def test_a_case_opens_once() -> None:
    RULES.given(*OPENED).when(changed(OPEN, id="again")).then_nothing()


def test_a_case_without_a_policy_is_told_not_believed_safe() -> None:
    mild = changed(OPEN, severity="low")
    RULES.when(mild).then_only(CaseOpened, NoSlaPolicyMatched)


def test_a_calendar_that_is_not_published_for_the_year_is_flagged() -> None:
    future = changed(OPEN, at=AT.replace(year=2027))
    assert RULES.when(future).events[1].provisional is True
    assert OPENED[1].provisional is False


def test_nobody_responded_so_it_escalates_to_the_departments_supervisor() -> None:
    breached = RULES.given(*OPENED).when(fire(RESPOND)).then_only(SlaBreached, CaseEscalated)
    escalated = breached.one(CaseEscalated)
    assert (escalated.level, escalated.role, escalated.escalated_to) == (1, "supervisor", ("chen",))


def test_an_escalation_is_worth_telling_for_as_long_as_its_level_says_and_two_days_unless_it_does() -> None:
    def until(policy: SlaPolicy) -> timedelta:
        rules = Spec(DECIDER, Definitions.of(OFFICE, policy, CHEN, MA, LIN))
        escalated = rules.given(*OPENED).when(fire(RESPOND)).one(CaseEscalated)
        assert escalated.valid_until is not None
        return escalated.valid_until - escalated.at

    brief = tuple(changed(level, valid_hours=3) for level in POLICY.levels)
    assert (until(POLICY), until(changed(POLICY, levels=brief))) == (timedelta(hours=48), timedelta(hours=3))


def test_an_absent_supervisor_is_passed_over() -> None:
    away = changed(CHEN, absent_from=date(2026, 3, 1), absent_until=date(2026, 3, 31))
    rules = Spec(DECIDER, Definitions.of(OFFICE, POLICY, away, MA, LIN))
    assert rules.given(*OPENED).when(fire(RESPOND)).one(CaseEscalated).escalated_to == ("ma",)


def test_a_level_without_anybody_present_is_passed_over() -> None:
    away = [changed(s, absent_from=date(2026, 3, 1)) for s in (CHEN, MA)]
    escalated = Spec(DECIDER, Definitions.of(OFFICE, POLICY, *away, LIN)).given(*OPENED).when(fire(RESPOND))
    escalation = escalated.one(CaseEscalated)
    assert (escalation.level, escalation.escalated_to) == (2, ("lin",))


def test_absence_counts_by_the_offices_day_not_by_utc() -> None:
    early = datetime(2026, 3, 19, 7, 30, tzinfo=SHANGHAI).astimezone(UTC)
    away = changed(CHEN, absent_from=date(2026, 3, 19), absent_until=date(2026, 3, 19))
    assert in_charge(Definitions.of(away), "supervisor", "CARD", early.astimezone(SHANGHAI).date()) == ()
    rules = Spec(DECIDER, Definitions.of(OFFICE, POLICY, away, MA, LIN))
    command = changed(fire(RESPOND), at=early)
    assert rules.given(*OPENED).when(command).one(CaseEscalated).escalated_to == ("ma",)


@pytest.mark.parametrize(
    "spans", [((time(12), time(8)),), ((time(8), time(0)),), ((time(8), time(12)), (time(11), time(13)))]
)
def test_a_calendar_whose_hours_run_backwards_is_refused(spans: tuple[tuple[time, time], ...]) -> None:
    with pytest.raises(ValidationError, match="in order"):
        Calendar(id="x", version=1, zone="Asia/Shanghai", hours={0: spans})


def test_a_policy_whose_condition_names_something_unknown_is_refused() -> None:
    with pytest.raises(ValidationError, match="no field 'colour'"):
        SlaPolicy.model_validate({**POLICY.model_dump(), "when": "case.colour == 'red'"})


def test_the_second_breach_goes_to_the_director() -> None:
    once = [*OPENED, *RULES.given(*OPENED).when(fire(RESPOND)).events]
    escalated = RULES.given(*once).when(fire(RESOLVE)).one(CaseEscalated)
    assert (escalated.level, escalated.escalated_to) == (2, ("lin",))


def test_a_breach_is_told_once() -> None:
    history = RULES.given(*OPENED)
    history.when(fire(RESPOND)).then_only(SlaBreached, CaseEscalated)
    history.when(fire(RESPOND)).then_nothing()


def test_an_assignment_stops_the_response_clock_only() -> None:
    [assigned, cancelled] = RULES.given(*OPENED).when(ASSIGN).then_only(CaseAssigned, TimerCancelled).events
    assert cancelled.timer_id == RESPOND.timer_id
    RULES.given(*OPENED, assigned, cancelled).when(fire(RESPOND)).then_nothing()


def test_a_resolution_stops_every_clock() -> None:
    resolution = RULES.given(*OPENED).when(SOLVE).then_only(CaseResolved, TimerCancelled, TimerCancelled).events
    RULES.given(*OPENED, *resolution).when(fire(RESOLVE)).then_nothing()
    RULES.given(*OPENED, *resolution).when(SOLVE).rejected("case-already-resolved")


def test_an_unknown_case_can_be_neither_assigned_nor_resolved() -> None:
    RULES.when(AssignCase(id="a", at=AT, case_id="x", assignee="a", assigned_by="b")).rejected("case-unknown")
    RULES.when(ResolveCase(id="r", at=AT, case_id="x", resolved_by="a", resolution="b")).rejected("case-unknown")


def test_a_case_keeps_which_version_of_a_policy_set_its_clocks_and_checkpoints_have_its_text() -> None:
    case = RULES.given(*RULES.when(OPEN).events).state
    assert (case.policy, case.model_dump(mode="json")["policy"]) == (POLICY.this_version, "sla-policy/bad/1")
    assert stored(Case, case.model_dump(mode="json")) == case
    assert stored(Case, {"policy": ""}).policy is None


def test_who_did_not_see_what_a_colleague_did_is_refused_and_what_a_clock_did_refuses_nobody() -> None:
    taken = RULES.given(*OPENED).when(changed(ASSIGN, seen_revision=1)).events
    stale, seen = changed(SOLVE, seen_revision=1), changed(SOLVE, seen_revision=2)
    RULES.given(*OPENED, *taken).when(stale).rejected("case-changed")
    RULES.given(*OPENED, *taken).when(changed(ASSIGN, id="b", seen_revision=1)).rejected("case-changed")
    breach = RULES.given(*OPENED, *taken).when(fire(RESOLVE)).events
    assert breach
    for story in ((*OPENED, *taken), (*OPENED, *taken, *breach)):
        assert RULES.given(*story).when(seen).one(CaseResolved)
        assert RULES.given(*story).when(SOLVE).one(CaseResolved)
    done = RULES.given(*OPENED, *taken).when(seen).events
    RULES.given(*OPENED, *taken, *done).when(stale).rejected("case-already-resolved")
