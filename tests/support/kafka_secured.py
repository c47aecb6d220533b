"""A broker that only accepts TLS: listeners for a password (SASL_SSL), a client certificate (SSL), and both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from deploy.authority import Authority
from deploy.local.embedded import free_port
from shared.settings_kafka import Kafka
from tests.support.kafka import kafka_server

USER, PASSWORD = "careloop", "tell-nobody"
_LISTENERS = """
listeners=CONTROLLER://127.0.0.1:{{inner}},{where}
advertised.listeners={where}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PASSWORD:SASL_SSL,CERTIFICATE:SSL,BOTH:SASL_SSL
inter.broker.listener.name=CERTIFICATE
ssl.keystore.type=PEM
ssl.keystore.location={pair}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
listener.name.certificate.ssl.client.auth=required
listener.name.both.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
"""
_LOGINS = """
listener.name.{listener}.plain.sasl.jaas.config={module}.plain.PlainLoginModule required user_{user}="{password}";
listener.name.{listener}.scram-sha-256.sasl.jaas.config={module}.scram.ScramLoginModule required;
listener.name.{listener}.scram-sha-512.sasl.jaas.config={module}.scram.ScramLoginModule required;
"""


@dataclass(frozen=True, slots=True)
class Secured:
    """The addresses of a secured broker's listeners, and the authority that signs certificates for it."""

    authority: Authority
    by_password: str
    by_certificate: str
    by_both: str

    def password(self, **other: Any) -> dict[str, Any]:
        """Kafka settings for the listener that requires a password; `other` replaces some of them."""
        sasl = {"sasl_mechanism": "SCRAM-SHA-512", "sasl_username": USER, "sasl_password": PASSWORD}
        where = {"bootstrap_servers": self.by_password, "security_protocol": "SASL_SSL"}
        return {**where, **sasl, "ca_file": self.authority.file, **other}

    def certificate(self, **other: Any) -> dict[str, Any]:
        """Kafka settings for the listener that requires a client certificate; `other` replaces some of them."""
        pair = self.authority.issue("client")
        where = {"bootstrap_servers": self.by_certificate, "security_protocol": "SSL"}
        return {**where, "ca_file": self.authority.file, "cert_file": pair.cert, "key_file": pair.key, **other}

    def both(self, **other: Any) -> dict[str, Any]:
        """Kafka settings for the listener that requires password and certificate; `other` replaces some of them."""
        return {**self.certificate(), **self.password(), "bootstrap_servers": self.by_both, **other}


def as_environment(kafka: dict[str, Any]) -> dict[str, str]:
    """Kafka settings as the environment variables of a process."""
    clear = {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in kafka.items()}
    return {Kafka.setting(name): str(value) for name, value in clear.items()}


@asynccontextmanager
async def secured_kafka(directory: Path) -> AsyncIterator[Secured]:
    """Run a secured broker, and kill it at the end."""
    directory.mkdir(parents=True, exist_ok=True)
    authority, module = Authority(directory, "authority"), "org.apache.kafka.common.security"
    certificate, both = (f"127.0.0.1:{free_port()}" for _ in range(2))
    where = f"PASSWORD://127.0.0.1:{{port}},CERTIFICATE://{certificate},BOTH://{both}"
    pair = authority.issue("broker").joined()
    properties = _LISTENERS.format(where=where, pair=pair, authority=authority.file)
    for listener in ("password", "both"):
        properties += _LOGINS.format(listener=listener, module=module, user=USER, password=PASSWORD)
    users = [f"SCRAM-SHA-{bits}=[name={USER},password={PASSWORD}]" for bits in (256, 512)]
    async with kafka_server(directory, properties, users) as server:
        yield Secured(authority, server.address, certificate, both)
