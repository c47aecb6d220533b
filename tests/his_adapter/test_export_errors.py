"""Given errors that a server reports of its own export, when it is read, then they are counted, shown and kept."""

import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.his_adapter.formats.settings import Bulk
from services.his_adapter.pulling.fhir import poll as pulling
from services.his_adapter.pulling.fhir.definitions import Feed
from services.his_adapter.pulling.fhir.export import Position
from services.his_adapter.pulling.fhir.poll import pull_export
from services.his_adapter.pulling.fhir.reported import Reported
from services.his_adapter.pulling.progress import Trouble
from services.his_adapter.settings import HisSettings
from shared.codec import Refusal
from tests.support.bulk import BulkServer
from tests.support.fhir import NOW


def outcome(*issues: tuple[str, str, str, str]) -> dict[str, Any]:
    issue = [
        {"severity": severity, "code": code, "expression": [place], "diagnostics": words}
        for severity, code, place, words in issues
    ]
    return {"resourceType": "OperationOutcome", "issue": issue}


GONE = outcome(("error", "not-found", "Patient.link[0].other", "王秀英 100234 is no more"))


@pytest.fixture
def server() -> Iterator[BulkServer]:
    bulk_server = BulkServer(token="")
    bulk_server.files = {"Patient": [{"n": 1}]}
    with bulk_server.running():
        yield bulk_server


class Pulled:
    """One pull of a feed, and what was noted, stored and kept as dead letters."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
        self.notes, self.kept, self.letters = list[Any](), list[bytes](), list[tuple[bytes, Refusal]]()
        settings = HisSettings(bulk=Bulk(**limits))
        self.deps: Any = SimpleNamespace(settings=settings, clock=lambda: NOW)
        self.name = "feed/main"
        monkeypatch.setattr(pulling, "refuse", self.refuse)

    async def pull(self, server: BulkServer, **more: Any) -> str:
        """The trouble that was noted last."""
        itself: Any = self
        feed = Feed.model_validate({"id": "main", "version": 1, "url": server.url, **more})
        await pull_export(self.deps, itself, feed, itself)
        return str(self.notes[-1].get("trouble", ""))

    async def refuse(self, deps: Any, raw: bytes, refusal: Refusal, where: str, sender: str) -> None:
        self.letters.append((raw, refusal))

    async def position(self, model: type[Position]) -> Position:
        return model()

    async def note(self, position: Position, **more: Any) -> None:
        self.notes.append({"position": position.model_dump(), **more})

    async def many(self, lines: list[bytes], sender: str, historical: bool) -> None:
        self.kept += lines


async def test_what_a_server_could_not_export_is_shown_without_its_words_and_kept_with_them(
    server: BulkServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    exception = outcome(("fatal", "exception", "王秀英", "NullPointerException"), ("warning", "x y", "", ""))
    server.errors = [GONE, GONE, exception, outcome(("information", "informational", "", "all well"))]
    pulled = Pulled(monkeypatch)
    with caplog.at_level(logging.WARNING):
        trouble = await pulled.pull(server)
    assert trouble == (
        "the server reports 4 errors of its export: 2 not-found (Patient.link[0].other), 1 exception, "
        "1 an unknown code: `careloop dlq list` has them"
    )
    assert trouble in caplog.text
    assert (pulled.notes[-1]["since"], server.ended, len(pulled.kept)) == (server.time, 1, 1)
    assert [orjson.loads(raw) for raw, _ in pulled.letters] == server.errors[:3]
    shown = [refusal.detail for _, refusal in pulled.letters]
    assert shown == ["not-found (Patient.link[0].other)"] * 2 + ["exception, an unknown code"]
    assert not any(word in text for text in (trouble, caplog.text, *shown) for word in ("王", "100234", "Null"))


async def test_of_errors_without_end_so_many_are_kept_and_all_are_counted(
    server: BulkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.errors = [GONE] * 50
    pulled = Pulled(monkeypatch, max_errors=10)
    assert "50 errors" in await pulled.pull(server)
    assert len(pulled.letters) == 10


async def test_errors_that_cannot_be_read_do_not_cost_the_export(
    server: BulkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.says = {"error": [{"type": "OperationOutcome", "url": f"{server.url}/nowhere"}]}
    pulled = Pulled(monkeypatch)
    words = "the server reports errors that cannot be read: the OperationOutcome file was answered 404"
    assert await pulled.pull(server) == words
    assert pulled.notes[-1]["since"] == server.time


async def test_an_export_without_errors_is_no_trouble(server: BulkServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await Pulled(monkeypatch).pull(server) == ""


async def test_a_feed_of_before_without_https_is_not_read_and_says_what_to_do(
    server: BulkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Trouble, match=r"`url` of feed/main is no https.*say `plain_http: true`"):
        await Pulled(monkeypatch).pull(server, url="http://fhir.hospital.example/r4")


@pytest.mark.parametrize("line", [b"no json", b"[]", b"{}", b'{"issue": 1}', b'{"issue": [1, null]}', b'{"issue": {}}'])
def test_what_is_no_outcome_is_counted_as_such(line: bytes) -> None:
    reported = Reported()
    assert reported.add(line) in ("no OperationOutcome", "an unknown code")
    assert reported.count == 1
