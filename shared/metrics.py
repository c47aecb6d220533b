"""Metrics: OpenTelemetry instruments, exported by the standard variables. Nothing personal in their attributes."""

import os

from opentelemetry import metrics
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

_meter = metrics.get_meter("careloop")


def start(service: str) -> MeterProvider:
    """This process's meter; OTLP is on where OTEL_EXPORTER_OTLP_ENDPOINT is set."""
    wanted = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
    readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if wanted else []
    provider = MeterProvider(readers, Resource.create({"service.name": f"careloop-{service}"}))
    metrics.set_meter_provider(provider)
    return provider


def histogram(name: str, what: str) -> metrics.Histogram:
    """How long something takes, in seconds."""
    return _meter.create_histogram(name, unit="s", description=what)
