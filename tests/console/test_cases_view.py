"""What the queue and the page of a case make of the services' answers."""

from datetime import UTC, datetime, timedelta

from careloop_client.complaints.models import Case, CaseCounts, CaseStep, Escalation, SlaClock
from careloop_client.contacts.models import PersonName
from console.counts import counted
from console.screens.cases.filters import STATUSES, Filter, _filter
from console.screens.cases.view import clocks, escalations, rows, steps

NOW = datetime(2026, 3, 19, 10, tzinfo=UTC)
NAMES = {"zhou": "周专员", "wu": "吴班长"}


def name(id: str) -> str:
    return NAMES.get(id, id)


def case(status: str = "open", respond: int = 1, resolve: int = 8, breached: bool = False, **fields: object) -> Case:
    """A case whose targets are due in that many hours."""
    sla = {
        "respond": SlaClock(due=NOW + timedelta(hours=respond), breached=breached),
        "resolve": SlaClock(due=NOW + timedelta(hours=resolve), breached=False),
    }
    due = {"open": sla["respond"].due, "assigned": sla["resolve"].due}.get(status)
    values = {"case_id": "k", "person_id": "p", "category": "complaint", "severity": "high", "source": "phone"}
    more = {"source_id": "", "department": "CARD", "score": None, "level": 0, "escalations": [], "revision": 1}
    times = {"opened": NOW, "changed": NOW, "next_due": due}
    return Case.model_validate({**values, **more, **times, "status": status, "sla": sla, **fields})


def step(kind: str, actor: str = "zhou", actor_type: str = "user", **fields: object) -> CaseStep:
    values = {"case_id": "k", "person_id": "p", "type": f"careloop.complaints.{kind}.v1", "at": NOW}
    return CaseStep.model_validate({**values, "actor_type": actor_type, "actor_id": actor, **fields})


def test_a_row_says_what_is_due_next_and_whether_it_is_overdue() -> None:
    soon, late = rows([case(), case(respond=-1)], {}, name, NOW)
    assert (soon.target, soon.overdue, late.overdue) == ("respond", False, True)
    [taken] = rows([case("assigned", respond=-1, assignee="zhou")], {}, name, NOW)
    assert (taken.target, taken.overdue, taken.assignee) == ("resolve", False, "周专员")
    [done] = rows([case("resolved", respond=-1)], {}, name, NOW)
    assert (done.target, done.due, done.overdue) == ("", None, False)


def test_a_row_names_its_patient_as_far_as_known() -> None:
    people = {"p": PersonName(person_id="p", name="王秀英"), "q": PersonName(person_id="q")}
    listed = rows([case(), case(person_id="q"), case(person_id="r")], people, name, NOW)
    assert [each.patient for each in listed] == ["王秀英", "", ""]


def test_a_clock_is_running_overdue_met_or_was_met_late() -> None:
    def states(of: Case) -> list[str]:
        return [each.state for each in clocks(of, NOW)]

    assert states(case()) == ["running", "running"]
    assert states(case(respond=-2)) == ["overdue", "running"]
    assert states(case(respond=2, breached=True)) == ["overdue", "running"]
    assert states(case("assigned")) == ["met", "running"]
    assert states(case("assigned", respond=-2, breached=True)) == ["late", "running"]
    assert states(case("resolved", respond=-2, breached=True)) == ["late", "met"]
    assert [each.target for each in clocks(case(respond=9, resolve=8), NOW)] == ["resolve", "respond"]


def test_the_history_names_who_did_what_newest_first() -> None:
    history = [
        step("case_opened", "listen", "system"),
        step("case_escalated", "timer", "system", level=1, role="lead", to=["wu", "gone"]),
        step("case_assigned", assignee="wu"),
    ]
    newest, escalated, opened = steps(history, name)
    assert (newest.by, newest.who, newest.since) == ("周专员", ["吴班长"], False)
    assert (escalated.by, escalated.who, escalated.level) == ("", ["吴班长", "gone"], 1)
    assert opened.by == ""


def test_what_people_did_after_the_revision_that_was_seen_is_marked() -> None:
    history = [
        step("case_opened"),
        step("sla_started", target="respond"),
        step("case_assigned", assignee="wu"),
        step("sla_breached", target="resolve"),
        step("case_resolved"),
    ]
    assert [each.since for each in steps(history, name, seen=1)] == [True, False, True, False, False]
    assert [each.since for each in steps(history, name, seen=2)] == [True, False, False, False, False]
    assert not any(each.since for each in steps(history, name, seen=3))


def test_an_escalation_names_the_staff_who_were_told() -> None:
    told = Escalation(level=1, role="lead", to=["wu"], at=NOW)
    assert escalations(case(escalations=[told]), name) == [(told, ["吴班长"])]


def test_a_count_that_did_not_look_at_all_cases_says_so() -> None:
    counts = CaseCounts(open=12, assigned=3, resolved=0, at_most=1000, cut=["assigned"])
    assert counted(counts, STATUSES) == {"open": "12", "assigned": "3+", "resolved": "0"}


def test_a_filter_comes_back_from_its_address_and_what_it_does_not_know_is_left_out() -> None:
    chosen = _filter(["resolved", "open", "x"], ["high"], " CARD ", "me", "")
    assert chosen == Filter(("open", "resolved"), ("high",), "CARD", "me")
    assert chosen.query == "status=open&status=resolved&severity=high&department=CARD&whose=me"
    assert _filter([], [], "", "x", "") == Filter()
    assert chosen.page("c2").endswith("&cursor=c2")


def test_whose_cases_are_asked_for() -> None:
    assert Filter(whose="me").asked("zhou")["assignee"] == "zhou"
    assert Filter(whose="nobody").asked("zhou")["unassigned"] is True
    assert set(Filter().asked("zhou").values()) == {None}
