"""Settings of the Kafka connection, and of TLS as a client."""

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import SecretStr, field_validator, model_validator

from shared.settings_group import Group


class ClientTls(Group):
    """TLS as a client, certificates in PEM. The server's certificate and host name are always verified.

    `ca_file`: accepted authorities, by default those of the operating system. `cert_file` and `key_file`: our own
    certificate (mutual TLS); `key_password` decrypts the key.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    key_password: SecretStr | None = None

    @staticmethod
    def setting(field: str) -> str:
        """The name of the setting for a field."""
        return f"`{field}`"

    @field_validator("ca_file", "cert_file", "key_file", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any) -> Any:
        return None if value == "" else value

    @model_validator(mode="after")
    def _files(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError(
                f"{self.setting('cert_file')} and {self.setting('key_file')} belong together: set both, or neither"
            )
        for field in ("ca_file", "cert_file", "key_file"):
            file: Path | None = getattr(self, field)
            if file and not file.is_file():
                raise ValueError(f"{self.setting(field)} names {file}: there is no such file")
        return self


class Kafka(ClientTls):
    """The Kafka connection. `transactions` is off only for the embedded broker, which has none.

    `security_protocol` is that of the broker's listener: TLS (`SSL`), user name and password (`SASL_PLAINTEXT`), or
    both (`SASL_SSL`). The TLS settings belong to the two that end in SSL, those of SASL to the two that begin with it.
    """

    bootstrap_servers: str = "127.0.0.1:19092"
    transactions: bool = True
    partitions: int = 4
    replication: int = 1
    session_timeout_ms: int = 10_000
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None

    @staticmethod
    def setting(field: str) -> str:
        """The name of the setting for a field."""
        return f"CARELOOP_KAFKA__{field.upper()}"

    @property
    def sasl(self) -> bool:
        """Whether we authenticate by user name and password."""
        return self.security_protocol.startswith("SASL")

    @property
    def tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.security_protocol.endswith("SSL")

    @model_validator(mode="after")
    def _fits_the_protocol(self) -> Self:
        protocol = f"{self.setting('security_protocol')}={self.security_protocol}"
        user, password = self.setting("sasl_username"), self.setting("sasl_password")
        if self.sasl and not (self.sasl_username and self.sasl_password):
            raise ValueError(f"{protocol} needs both {user} and {password}")
        if not self.sasl and (self.sasl_username or self.sasl_password):
            raise ValueError(f"{protocol} uses no password: set it to SASL_SSL, or unset {user} and {password}")
        for field in ("ca_file", "cert_file", "key_file"):
            if getattr(self, field) and not self.tls:
                raise ValueError(f"{protocol} is no TLS: set it to SSL or SASL_SSL, or unset {self.setting(field)}")
        return self
