"""What operators are answered: every process, the tree of a trace in order, pages of dead letters."""

from datetime import UTC, datetime
from typing import Any

import pytest

from deploy.ops.answers import LetterPage, SystemStatus, TraceAnswer
from deploy.ops.describing import page, stated, trace_records
from shared.deadletter import DeadLetter
from shared.problems import Problem

AT = datetime(2026, 3, 9, tzinfo=UTC)


def node(id: str, *children: dict[str, Any], where: str = "careloop.notify.events.v1-0@1") -> dict[str, Any]:
    fields = {
        "type": f"careloop.{id}.v1",
        "time": "",
        "recorded": None,
        "said": {},
        "ms": None,
        "outcome": "",
        "refused": [],
    }
    return {"id": id, "where": where, "children": list(children), **fields}


def letter(id: str, minute: int, reader: str = "notify.policies") -> DeadLetter:
    place = {"topic": "careloop.notify.commands.v1", "partition": 1, "offset": 7, "key": "k"}
    time = AT.replace(minute=minute).isoformat()
    return DeadLetter(id=id, reason="unreadable", detail="no JSON", reader=reader, time=time, **place)


def test_a_process_that_does_not_answer_is_not_ready_and_says_why() -> None:
    group = {"ready": True, "lag": 3, "next": {"t-0": 4, "t-1": 2}, "last": None}
    status = {
        "notify": {"ready": True, "groups": {"notify.decider": group}},
        "contacts": {"ready": False, "error": "ConnectError", "log": "x"},
    }
    answer = SystemStatus.model_validate(stated(status, AT))
    notify, contacts = answer.processes
    assert (answer.ready, contacts.ready, contacts.error, contacts.groups) == (False, False, "ConnectError", [])
    assert [(each.group, each.lag, each.read, each.last) for each in notify.groups] == [("notify.decider", 3, 6, "")]


def test_a_trace_has_each_cause_before_what_it_caused_and_its_depth() -> None:
    roots = [node("a", node("b", node("c")), node("d")), node("e", where="careloop.notify.commands.v1-0@1")]
    answer = TraceAnswer.model_validate(trace_records(roots, 100))
    assert [(each.id, each.depth) for each in answer.data] == [("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 0)]
    assert [each.kind for each in answer.data] == ["event"] * 4 + ["command"]


def test_a_trace_that_is_too_long_says_how_much_is_left_out() -> None:
    deep = node("0")
    for number in range(1, 3000):
        deep = node(str(number), deep)
    answer = trace_records([deep], 2000)
    assert (len(answer["data"]), answer["more"], answer["spans_left_out"]) == (2000, 1000, False)
    assert trace_records([deep], 2000, True)["spans_left_out"]


def test_letters_come_page_by_page_the_newest_first() -> None:
    every = [letter("a", 1), letter("b", 3), letter("c", 2), letter("d", 4, "contacts.inbox")]
    chosen = every[:3]
    first = LetterPage.model_validate(page(chosen, every, None, 2, left_out=5))
    assert ([each.id for each in first.data], first.total) == (["b", "c"], 3)
    assert first.left_out == 5
    assert first.data[0].place == "careloop.notify.commands.v1-1@7"
    assert first.readers == ["contacts.inbox", "notify.policies"], "of all, so that another can be chosen"
    last = page(chosen, every, first.next, 2)
    assert ([each["id"] for each in last["data"]], last["next"]) == (["a"], None)
    gone = [each for each in chosen if each.id != "c"]
    assert [each["id"] for each in page(gone, every, first.next, 2)["data"]] == ["a"], "goes on where the letter stood"
    with pytest.raises(Problem, match="cursor"):
        page(chosen, every, "\u7535", 2)
