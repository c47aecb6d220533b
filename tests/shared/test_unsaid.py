"""What is left unsaid of somebody: in spans, in the lines of a failed request, in the key of a refused record."""

import logging
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared import problems, telemetry
from shared.codec import Refusal
from shared.deadletter import dead_letter, read
from shared.host.app import log_away
from shared.projector.standard import standard
from tests.support.rings import OpenRing

NAME, PHONE = "王秀英", "13800138000"


def test_a_span_ends_as_an_error_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    with pytest.raises(ValueError, match=NAME), telemetry.edge_span("receive HL7"):
        raise ValueError(NAME)
    [span] = kept.get_finished_spans()
    assert (span.status.description, list(span.events)) == ("ValueError", [])
    assert NAME not in span.to_json()


@pytest.mark.parametrize("failure", [RuntimeError, TimeoutError])
async def test_a_request_that_fails_is_logged_by_its_route(
    failure: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    app = FastAPI()
    problems.install(app)
    app.add_exception_handler(TimeoutError, log_away)

    @app.get("/v1/persons/{person_id}/360")
    async def view(person_id: str) -> None:
        raise failure

    transport = httpx.ASGITransport(app)
    with caplog.at_level(logging.WARNING):
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            assert (await client.get(f"/v1/persons/{PHONE}/360")).status_code in (500, 503)
    assert "GET /v1/persons/{person_id}/360" in caplog.text
    assert PHONE not in caplog.text


@pytest.mark.parametrize(("kind", "key"), [("inbox", ""), ("events", PHONE)])
async def test_the_key_that_an_outside_client_chose_is_not_kept_in_a_dead_letter(kind: str, key: str) -> None:
    topic = f"careloop.contacts.{kind}.v1"
    record = SimpleNamespace(topic=topic, partition=0, offset=1, key=PHONE.encode(), value=b"{", headers=())
    letters: Any = OpenRing()
    out = await dead_letter(record, Refusal("unreadable", "no JSON"), "contacts", letters, datetime.now(UTC))
    assert read(out.value).key == key


@pytest.mark.parametrize(
    ("reason", "shown_details"), [("no-consent", {"reason": "no-consent"}), (f"550 {NAME} is gone", {})]
)
def test_the_causes_show_no_reason_in_somebodys_words(reason: str, shown_details: dict[str, str]) -> None:
    [causality, *_] = standard("notify")
    raw = {"id": "e", "type": "careloop.notify.message_bounced.v1", "source": "/careloop/notify"}
    place = {"topic": "careloop.notify.events.v1", "partition": 0, "offset": 1, "traceparent": ""}
    item: Any = SimpleNamespace(raw={**raw, "data": {"reason": reason}}, **place)
    shown = causality.fold(None, "e", item)
    assert shown is not None
    assert shown["said"] == shown_details
