"""Metrics: OpenTelemetry instruments, exported by the standard variables. Attributes contain no personal data."""

import os

from opentelemetry import metrics
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

_meter = metrics.get_meter("careloop")


def start(service: str) -> MeterProvider:
    """The meter provider of this process; OTLP is on if OTEL_EXPORTER_OTLP_ENDPOINT is set."""
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or os.environ.get("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT")
    readers = [PeriodicExportingMetricReader(OTLPMetricExporter())] if endpoint else []
    provider = MeterProvider(readers, Resource.create({"service.name": f"careloop-{service}"}))
    metrics.set_meter_provider(provider)
    return provider


def histogram(name: str, what: str) -> metrics.Histogram:
    """A histogram of durations in seconds."""
    return _meter.create_histogram(name, unit="s", description=what)
