"""Explains why a broker refuses a connection, in a sentence that names the setting.

aiokafka only logs the cause (a certificate, a password) and raises "Unable to bootstrap". With this patch the start of
a client raises `BrokerRefused`; a client that was connected before retries, and logs the sentence each time.
"""

import ssl
from contextvars import ContextVar
from functools import cache
from typing import Any

import aiokafka.client
from aiokafka.errors import (
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from shared.settings_kafka import Kafka

CA, CERT, KEY, PROTOCOL = map(Kafka.setting, ("ca_file", "cert_file", "key_file", "security_protocol"))
USER, PASSWORD, MECHANISM = map(Kafka.setting, ("sasl_username", "sasl_password", "sasl_mechanism"))
SERVERS = Kafka.setting("bootstrap_servers")
ALERTS = ("ALERT_CERTIFICATE", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_HANDSHAKE_FAILURE")
_met: ContextVar["BrokerRefused | None"] = ContextVar("met", default=None)
"""The last refusal in this task."""


class BrokerRefused(KafkaConnectionError):
    """A broker answers and refuses us. The text names the setting and contains no secret."""

    def __str__(self) -> str:
        return str(self.args[0])


@cache
def apply() -> None:
    """Patch aiokafka's client, once per process."""
    client: Any = aiokafka.client
    create, bootstrap = client.create_conn, client.AIOKafkaClient.bootstrap

    async def explained(host: str, port: int, **options: Any) -> Any:
        try:
            connection = await create(host, port, **options)
        except (OSError, KafkaError) as error:
            if reason := why(error, options):
                refused = BrokerRefused(f"Kafka at {host}:{port} {reason}")
                _met.set(refused)
                raise refused from error
            raise
        _met.set(BrokerRefused(f"Kafka at {host}:{port} {_broken(options)}"))  # unless it answers now
        return connection

    async def with_its_reason(self: Any) -> None:
        _met.set(None)
        try:
            await bootstrap(self)
        except KafkaConnectionError as error:
            raise (_met.get() or error) from error.__cause__

    client.create_conn, client.AIOKafkaClient.bootstrap = explained, with_its_reason


def why(error: BaseException, options: dict[str, Any]) -> str:
    """Why a broker refused a connection that ended with `error`; "" if it is only away.

    `options` are those of the connection (`security_protocol`, `sasl_mechanism`, `sasl_plain_username`).
    """
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _certificate(cause)
    if isinstance(cause, ssl.SSLError) and any(word in (cause.reason or "") for word in ALERTS):
        return f"refuses our certificate ({cause.reason}): set {CERT} and {KEY} to one that its authority signed"
    if isinstance(cause, SaslAuthenticationFailed):
        return f"knows no user {options['sasl_plain_username']} with this password: see {USER} and {PASSWORD}"
    if isinstance(cause, UnsupportedSaslMechanismError):
        return f"does not offer {options['sasl_mechanism']}: set {MECHANISM} to one that it does"
    broken = isinstance(cause, IllegalSaslStateError | ssl.SSLError | ConnectionResetError | EOFError)
    return _broken(options) if broken else ""


def _broken(options: dict[str, Any]) -> str:
    protocol = options["security_protocol"]
    return f"breaks off where we speak {protocol}: if it goes on so, set {PROTOCOL} to what that listener speaks"


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    message = error.verify_message
    if "mismatch" in message:
        return f"shows a certificate of another host ({message}): name it in {SERVERS} as its certificate does"
    return f"shows a certificate that we do not trust ({message}): set {CA} to the authority that signed it"
