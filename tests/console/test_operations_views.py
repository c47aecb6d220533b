"""Traces and status as their pages show them, with a gateway that answers as told."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from careloop_client.ops.models import ProcessState, RebuildState, TraceRecord
from console.live.routes import HEADER
from console.screens.status.view import groups, processes, rebuilds
from console.screens.trace.view import DEEPEST, Node, nested
from shared.definitions import Definitions
from tests.console.desks import Seat, member

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)


def record(id: str, depth: int, kind: str = "event", seconds: float = 0, **fields: object) -> TraceRecord:
    whole: dict[str, Any] = {
        "id": id,
        "type": f"careloop.notify.{id}.v1",
        "kind": kind,
        "depth": depth,
        "at": NINE,
        "recorded": NINE + timedelta(seconds=seconds),
        "where": "t-0@1",
        "says": {},
        "milliseconds": None,
        "outcome": "",
        "refused": [],
    }
    return TraceRecord.model_validate({**whole, **fields})


def outline(nodes: list[Node]) -> list[Any]:
    return [(each.id, outline(each.children)) if each.children else each.id for each in nodes]


def test_a_command_that_led_to_events_is_left_out_and_they_hang_under_its_cause() -> None:
    records = [
        record("a", 0),
        record("b", 1, "command", 1),
        record("c", 2, seconds=3),
        record("d", 1, "command", outcome="rejected (case-unknown)"),
        record("e", 1, "command"),
    ]
    roots = nested(records)
    assert outline(roots) == [("a", ["c", "d", "e"])]
    assert roots[0].children[0].after == timedelta(seconds=3), "since the cause that is shown"
    assert (roots[0].children[1].status, roots[0].children[1].slug) == ("rejected", "case-unknown")
    assert (roots[0].children[1].undecided, roots[0].children[2].undecided) == (False, True)
    assert outline(nested(records, commands=True)) == [("a", [("b", ["c"]), "d", "e"])]


def test_a_command_that_was_refused_is_shown_with_its_dead_letter() -> None:
    letter = {"id": "l", "reason": "rule-failed", "detail": "a bug", "reader": "notify.decider", "redriven": False}
    [root] = nested([record("b", 0, "command", refused=[letter]), record("c", 1)])
    assert (root.id, root.letters[0].id) == ("b", "l")


def test_a_tree_deeper_than_a_page_can_nest_is_shown_whole() -> None:
    [node] = nested([record(str(depth), depth) for depth in range(DEEPEST + 20)])
    depth, count = 0, 1
    while node.children:
        depth, count, node = depth + 1, count + len(node.children), node.children[0]
    assert (depth, count) == (DEEPEST, DEEPEST + 20)


def test_a_message_that_nothing_came_of_says_so() -> None:
    received = {"type": "careloop.his-adapter.hospital_message_received.v1"}
    assert nested([record("m", 0, **received)])[0].lost
    assert not nested([record("m", 0, **received), record("f", 1)])[0].lost


def process(name: str, ready: bool = True, **lags: int) -> ProcessState:
    rest = {"ready": True, "read": 1, "last": "", "written": None, "due": None}
    rows = [{"group": f"{name}.{group}", "lag": lag, **rest} for group, lag in lags.items()]
    error = "" if ready else "ConnectError"
    return ProcessState.model_validate({"process": name, "ready": ready, "error": error, "groups": rows})


def test_what_is_not_ready_comes_first_and_then_what_lags() -> None:
    answers = [process("contacts", decider=2, projector=5), process("notify", ready=False)]
    assert [(row.name, row.ready, row.lag) for row in processes(answers)] == [
        ("notify", False, None),
        ("contacts", True, 7),
    ]
    assert [row.group.group for row in groups(answers)] == ["contacts.projector", "contacts.decider"]


def test_a_rebuild_says_how_far_it_is_and_who_started_it() -> None:
    fields = {"id": "r", "collection": "c", "force": False, "started_by": "han", "started": NINE, "ended": None}
    counts = {"before": None, "after": None, "passed_by": 0, "different": 0, "different_ids": [], "detail": ""}
    answer = RebuildState.model_validate({**fields, **counts, "state": "running", "read": 1, "total": 3})
    [row] = rebuilds([answer], Definitions.of(member("han", "operations")))
    assert (row.percent, row.started_by) == (33, "Han")
    empty = RebuildState.model_validate({**fields, **counts, "state": "running", "read": 0, "total": 0})
    assert rebuilds([empty], Definitions())[0].percent == 0


async def test_an_unknown_id_is_a_sentence_and_stays_in_the_field(tmp_path: Path) -> None:
    asked: list[dict[str, list[str]]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(parse_qs(request.url.query.decode()))
        kind = {"content-type": "application/problem+json"}
        return httpx.Response(404, json={"type": "/problems/trace-unknown"}, headers=kind)

    seat = Seat(tmp_path, [member("somebody", "operations")], httpx.MockTransport(answer))
    seat.sits("somebody")
    assert (await seat.http.get("/trace")).status_code == 200
    page = await seat.http.get("/trace", params={"id": " a/b&c "})
    assert (page.status_code, 'value="a/b&amp;c"' in page.text, "没有任何记录" in page.text) == (404, True, True)
    assert asked == [{"id": ["a/b&c"]}]


async def test_the_processes_are_asked_again_by_the_page_itself_until_nobody_answers_and_after(tmp_path: Path) -> None:
    away = False

    def answer(request: httpx.Request) -> httpx.Response:
        if away or not request.url.path.endswith("/status"):
            return httpx.Response(503)
        fields = {"at": "2026-03-09T09:00:00Z", "ready": True, "processes": [process("notify", decider=7).model_dump()]}
        return httpx.Response(200, json=fields)

    seat = Seat(tmp_path, [member("somebody", "operations")], httpx.MockTransport(answer))
    seat.sits("somebody")
    page = (await seat.http.get("/status")).text
    asking = (
        f'hx-get="/status/processes" hx-trigger="every 5s" hx-swap="morph:outerHTML" hx-headers=\'{{"{HEADER}": "1"}}\''
    )
    assert ('id="process-rows"' in page, asking in page) == (True, True)
    part = await seat.http.get("/status/processes", headers={HEADER: "1"})
    assert (part.status_code, "notify" in part.text, "17:00:00" in part.text) == (200, True, True)
    away = True
    assert (await seat.http.get("/status")).status_code == 503
    part = await seat.http.get("/status/processes", headers={HEADER: "1"})
    assert (part.status_code, "notify" in part.text, asking in part.text) == (200, False, True)
    assert 'role="alert"' in part.text, "it says so in the place of the list, and asks again"


@pytest.mark.parametrize("left_out", [True, False])
async def test_a_trace_says_that_older_durations_are_missing(tmp_path: Path, left_out: bool) -> None:
    body = {"data": [record("a", 0).model_dump(mode="json")], "more": 0, "spans_left_out": left_out}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body))
    seat = Seat(tmp_path, [member("somebody", "operations")], transport)
    seat.sits("somebody")
    assert ("较早的记录不显示处理用时" in (await seat.http.get("/trace", params={"id": "a"})).text) == left_out


async def test_a_command_is_named_in_the_language_of_the_page(tmp_path: Path) -> None:
    command = record("b", 0, "command", type="careloop.notify.request_message.v1", outcome="rejected (case-unknown)")
    body = {"data": [command.model_dump(mode="json")], "more": 0, "spans_left_out": False}
    seat = Seat(
        tmp_path, [member("x", "operations")], httpx.MockTransport(lambda request: httpx.Response(200, json=body))
    )
    seat.sits("x")
    page = (await seat.http.get("/trace", params={"id": "b", "commands": "true"})).text
    assert '<span class="quiet" title="notify.request_message">请求发送消息</span>' in page


async def test_a_check_that_fails_says_what_to_do_and_beside_it_what_was_seen(tmp_path: Path) -> None:
    rows = [{"what": "topics", "ok": False, "detail": "x has 3"}, {"what": "keys", "ok": True, "detail": "well"}]
    body = {"at": NINE.isoformat(), "data": rows}
    seat = Seat(tmp_path, [member("x", "operations")], httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    seat.sits("x")
    part = (await seat.http.get("/status/checks")).text
    assert 'ew），请勿继续，先从备份恢复事件日志。 <span class="quiet" lang="en">x has 3' in part
    assert "密钥无法使用" not in part


async def test_what_a_record_says_is_named_in_the_language_of_the_page(tmp_path: Path) -> None:
    says = {"reason": "quiet-hours", "until": NINE.isoformat(), "plan": "discharge", "provider_id": "x"}
    says |= {"method": "phone-and-name", "status": "entered-in-error"}
    body = {"data": [record("a", 0, says=says).model_dump(mode="json")], "more": 0, "spans_left_out": False}
    seat = Seat(tmp_path, [member("x", "operations")], httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    seat.sits("x")
    page = re.sub("<[^>]+>", "", (await seat.http.get("/trace", params={"id": "a"})).text)
    assert ("原因：免打扰时段" in page, "计划：discharge" in page, "provider" in page) == (True, True, False)
    assert ("识别方式：按电话和姓名" in page, "状态：录入有误" in page) == (True, True)
    assert re.search("截止：.*17:00", page)
