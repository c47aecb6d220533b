"""Traces: span names in one place, W3C context in Kafka headers, export by the standard variables.

A batch is one `process` span with links to the records it consumed (at most 128). What it writes carries the trace of
its cause with this span as parent, so that `careloop trace` shows how long each step took.
"""

import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.telemetry import TelemetryConfig
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link, SpanContext, SpanKind, StatusCode, TraceFlags

from shared.envelope import header

MAX_LINKS = 128
HTTP: TelemetryConfig = {"tracing": False, "operation_spans": False, "logs": False}
"""FastAPI's own spans contain path and query of each request, its logs the errors in a body."""
_TRACEPARENT = re.compile("[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_tracer = trace.get_tracer("careloop")
Headers = list[tuple[str, bytes]]


class FileExporter(SpanExporter):
    """The local span store: one JSON line per span, shared by the processes of one machine."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Append the spans in one write, so that lines of several processes do not mix."""
        lines = "".join(json.dumps(_line(span)) + "\n" for span in spans)
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, lines.encode())
        finally:
            os.close(handle)
        return SpanExportResult.SUCCESS


def _line(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    assert context is not None
    return {
        "trace": f"{context.trace_id:032x}",
        "span": f"{context.span_id:016x}",
        "name": span.name,
        "service": span.resource.attributes.get("service.name"),
        "start": (span.start_time or 0) / 1e9,
        "ms": round(((span.end_time or 0) - (span.start_time or 0)) / 1e6, 3),
    }


def start(service: str, span_file: Path | None) -> TracerProvider:
    """Set up this process's tracer; OTLP is on if OTEL_EXPORTER_OTLP_ENDPOINT is set."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"careloop-{service}"}))
    if span_file:
        provider.add_span_processor(BatchSpanProcessor(FileExporter(span_file), schedule_delay_millis=500))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def context_of(traceparent: str | None) -> SpanContext | None:
    """The span context of a `traceparent` header (W3C Trace Context), or None if it is missing or invalid."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if not match:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))


def carried_trace(headers: Iterable[tuple[str, bytes]], span_id: str) -> Headers:
    """Headers for what follows from a record: its trace with our span as the parent."""
    match = _TRACEPARENT.fullmatch(header(headers or (), "traceparent") or "")
    trace_id = match[1] if match else secrets.token_hex(16)
    return [("traceparent", f"00-{trace_id}-{span_id}-01".encode())]


@contextmanager
def batch_span(operation: str, topic: str, partition: int, records: Sequence[Any], group: str) -> Iterator[str]:
    """The span of one batch (OpenTelemetry messaging conventions); yields its id as 16 hex digits."""
    contexts = (context_of(header(record.headers or (), "traceparent")) for record in records[:MAX_LINKS])
    attributes = {
        "messaging.system": "kafka",
        "messaging.operation.name": operation,
        "messaging.operation.type": "process",
        "messaging.destination.name": topic,
        "messaging.destination.partition.id": str(partition),
        "messaging.consumer.group.name": group,
        "messaging.batch.message_count": len(records),
        "messaging.kafka.offset": records[0].offset if records else -1,
    }
    links = [Link(context) for context in contexts if context]
    kind = SpanKind.CONSUMER
    with _span(f"{operation} {topic}", kind, links, attributes) as span:
        yield _span_id(span)


@contextmanager
def edge_span(name: str, **attributes: str | int) -> Iterator[Headers]:
    """A root span for a request from outside or a timer; yields the headers to send.

    A `link` attribute (a traceparent) links the new trace to its cause.
    """
    cause = context_of(str(attributes.pop("link", "")))
    links = [Link(cause)] if cause else []
    with _span(name, SpanKind.SERVER, links, attributes) as span:
        context = span.get_span_context()
        trace_id = f"{context.trace_id:032x}" if context.is_valid else secrets.token_hex(16)
        yield [("traceparent", f"00-{trace_id}-{_span_id(span)}-01".encode())]


@contextmanager
def _span(name: str, kind: SpanKind, links: list[Link], attributes: Mapping[str, str | int]) -> Iterator[trace.Span]:
    """A span that is marked as failed with the type of the exception only: its text may be personal."""
    with _tracer.start_as_current_span(
        name, kind=kind, links=links, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise


def _span_id(span: trace.Span) -> str:
    context = span.get_span_context()
    return f"{context.span_id:016x}" if context.is_valid else secrets.token_hex(8)
