"""What lies open to others in the settings that every process has: its own HTTP, and its way to Kafka."""

from collections.abc import Iterable, Iterator, Sequence

from shared.host.hops import beyond, hosts
from shared.settings import Settings
from shared.uses import Fault


def not_accepted(settings: Settings, faults: Iterable[Fault]) -> list[str]:
    """The faults that no setting accepts, as sentences with the way out."""
    return [fault.with_way_out for fault in faults if fault.hop not in settings.allow_plain]


def refuse_for(process: str, sentences: Sequence[str]) -> None:
    """Raises `SystemExit` with the sentences, if there are any."""
    if sentences:
        raise SystemExit("\n- ".join([f"careloop: {process} refuses to start:", *sentences]))


def kafka_faults(settings: Settings) -> Iterator[Fault]:
    """Whether the connection to Kafka is open to others."""
    kafka = settings.kafka
    far = [host for host in hosts(kafka.bootstrap_servers) if beyond(host)]
    if far and kafka.security_protocol not in ("SSL", "SASL_SSL"):
        way = "set CARELOOP_KAFKA__SECURITY_PROTOCOL=SASL_SSL, or SSL with a client certificate"
        yield Fault(f"Kafka at {', '.join(far)} is reached by {kafka.security_protocol}: {way}", "kafka")
    elif far and not (kafka.sasl or kafka.cert_file):
        way = "set CARELOOP_KAFKA__CERT_FILE and __KEY_FILE, or CARELOOP_KAFKA__SECURITY_PROTOCOL=SASL_SSL"
        yield Fault(f"nobody says who we are to Kafka at {', '.join(far)}: {way}", "kafka")


def listening_faults(settings: Settings) -> Iterator[Fault]:
    """Whether our HTTP would be reached in plain."""
    host = settings.http_host
    if beyond(host) and not (settings.http.cert_file or settings.http.behind_tls_proxy):
        way = "set CARELOOP_HTTP__CERT_FILE and __KEY_FILE, or CARELOOP_HTTP__BEHIND_TLS_PROXY=true if one ends TLS"
        yield Fault(f"HTTP would listen on {host} in plain: {way}")
