"""Traces, status and dead letters, as their pages show them, with a gateway that answers as told."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from careloop_client.ops.models import ProcessState, RebuildState, TraceRecord
from console.live.routes import HEADER
from console.problems import Trouble
from console.screens.dead_letters.view import Filter, result
from console.screens.status.view import groups, processes, rebuilds
from console.screens.trace.view import DEEPEST, Node, nested
from shared.definitions import Definitions
from tests.console.desks import Seat, member

NINE = datetime(2026, 3, 9, 9, tzinfo=UTC)
LETTER = {
    "id": "16d2aad0-0000",
    "reason": "hl7-broken",
    "detail": "PID-3 is required",
    "reader": "his-adapter.mllp",
    "place": "mllp/x-0@0",
    "key": "HIS/CITY",
    "time": "2026-03-09T09:00:00Z",
    "about": "m1",
    "redriven": False,
    "repairable": True,
}
PAGE = {
    "data": [LETTER],
    "next": None,
    "total": 1,
    "left_out": 0,
    "readers": ["his-adapter.mllp"],
    "reasons": ["hl7-broken"],
}
CONTENT = {
    "readable": "MSH|^~\\&|HIS\nPIX|1||<b>张伟",
    "marked": ["no PID"],
    "editable": "MSH|^~\\&|HIS\nPIX|1||<b>张伟",
}


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


def test_what_became_of_letters_that_were_sent_again() -> None:
    why = Trouble(409, "letter-refused-again", "again")
    done = result(["a", "b"], [object(), why])
    assert (done.sent, done.refused) == (1, {"b": why})


def test_a_filter_stays_on_the_next_page() -> None:
    assert Filter("notify.policies", "", True).page("x") == "reader=notify.policies&redriven=true&cursor=x"
    assert Filter().query == ""


class Gateway:
    """Answers for the API for operators; `sent`: what was sent again. Letters in `refuses` are refused again."""

    def __init__(self, *refuses: str) -> None:
        self.sent: list[tuple[str, bytes]] = []
        self.asked: list[str] = []
        self._refuses = refuses

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if request.method == "POST":
            id = path.split("/")[-2]
            self.sent.append((id, request.content))
            if id in self._refuses:
                problem = {"type": "/problems/letter-refused-again", "detail": "not redriven: MSA|AE"}
                return httpx.Response(409, json=problem, headers={"content-type": "application/problem+json"})
            return httpx.Response(200, json={"id": id, "detail": "taken"})
        if path.endswith("/content"):
            return httpx.Response(200, json=CONTENT)
        return httpx.Response(200, json=PAGE if path.endswith("/dead-letters") else LETTER)


def seated(folder: Path, role: str, gateway: Gateway) -> Seat:
    seat = Seat(folder, [member("somebody", role)], httpx.MockTransport(gateway))
    seat.sits("somebody")
    return seat


@pytest.mark.parametrize(("role", "redrives"), [("operations", True), ("interface-engineer", False)])
async def test_the_content_of_a_letter_is_asked_for_by_a_click_and_repaired_by_those_who_may(
    tmp_path: Path, role: str, redrives: bool
) -> None:
    gateway = Gateway()
    seat = seated(tmp_path, role, gateway)
    page = (await seat.http.get("/dead-letters/16d2aad0-0000")).text
    assert "张伟" not in page
    assert not any(path.endswith("/content") for path in gateway.asked), "who looks at it is on record"
    page = (await seat.http.get("/dead-letters/16d2aad0-0000/content")).text
    assert ("&lt;b&gt;张伟" in page, "<b>张伟" in page, "发送修正后的内容" in page) == (True, False, redrives)


async def test_a_repair_that_is_refused_again_says_why_and_keeps_what_was_typed(tmp_path: Path) -> None:
    gateway = Gateway("16d2aad0-0000")
    seat = seated(tmp_path, "operations", gateway)
    answer = await seat.http.post("/dead-letters/16d2aad0-0000/content", data={"content": "MSH|mine"})
    assert (answer.status_code, "MSH|mine</textarea>" in answer.text, "MSA|AE" in answer.text) == (409, True, True)
    answer = await seat.http.post("/dead-letters/16d2aad0-0000/content", data={"content": " "})
    assert (answer.status_code, len(gateway.sent)) == (422, 1)


async def test_chosen_letters_are_sent_again_one_by_one_and_each_result_is_told(tmp_path: Path) -> None:
    gateway = Gateway("bad")
    seat = seated(tmp_path, "operations", gateway)
    answer = await seat.http.post("/dead-letters", data={"ids": ["good", "bad"]})
    assert [id for id, _ in gateway.sent] == ["good", "bad"]
    assert "已重新发送 1 封" in answer.text
    assert "1 封再次被拒收" in answer.text
    answer = await seat.http.post("/dead-letters", content=b"")
    assert (answer.status_code, len(gateway.sent)) == (422, 2)


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


async def test_only_a_message_of_a_hospital_is_offered_for_repair(tmp_path: Path, monkeypatch: Any) -> None:
    gateway = Gateway()
    seat = seated(tmp_path, "operations", gateway)
    monkeypatch.setitem(LETTER, "repairable", False)
    page = (await seat.http.get("/dead-letters/16d2aad0-0000/content")).text
    assert ('name="content"' in page, "&lt;b&gt;张伟" in page, "原样发送" in page) == (False, True, True)


async def test_a_list_that_is_not_whole_says_so(tmp_path: Path, monkeypatch: Any) -> None:
    seat = seated(tmp_path, "operations", Gateway())
    assert "封未列出" not in (await seat.http.get("/dead-letters")).text
    monkeypatch.setitem(PAGE, "left_out", 3)
    assert "另有 3 封未列出" in (await seat.http.get("/dead-letters")).text


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
    assert (
        '主题缺失或设置不符：请在主机上运行 careloop topics，并按说明调整设置。 <span class="quiet" lang="en">x has 3'
        in part
    )
    assert "密钥无法使用" not in part


async def test_what_a_record_says_is_named_in_the_language_of_the_page(tmp_path: Path) -> None:
    says = {"reason": "quiet-hours", "until": NINE.isoformat(), "plan": "discharge", "provider_id": "x"}
    body = {"data": [record("a", 0, says=says).model_dump(mode="json")], "more": 0, "spans_left_out": False}
    seat = Seat(tmp_path, [member("x", "operations")], httpx.MockTransport(lambda _: httpx.Response(200, json=body)))
    seat.sits("x")
    page = re.sub("<[^>]+>", "", (await seat.http.get("/trace", params={"id": "a"})).text)
    assert ("原因：免打扰时段" in page, "计划：discharge" in page, "provider" in page) == (True, True, False)
    assert re.search("截止：.*17:00", page)
