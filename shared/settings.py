"""Every setting, read from the environment as `CARELOOP_<GROUP>__<NAME>` (pydantic-settings)."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Group(BaseModel):
    """Settings that belong together. A name that none of them has is refused: nobody would notice a misspelt one."""

    model_config = ConfigDict(extra="forbid")


class Kafka(Group):
    """How to reach the broker. `transactions` is off only for the embedded broker, which has none."""

    bootstrap_servers: str = "127.0.0.1:19092"
    transactions: bool = True
    partitions: int = 4
    replication: int = 1
    session_timeout_ms: int = 10_000
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    ca_file: Path | None = None


class Mongo(Group):
    """Credentials and TLS go into the URL, as every MongoDB client reads them."""

    url: str = "mongodb://127.0.0.1:27117/?replicaSet=rs0"


class Keys(Group):
    """`master` wraps the data keys (RFC 3394); `site` turns identifiers into HMACs. Both 32 bytes, hex."""

    master: SecretStr = SecretStr("")
    site: SecretStr = SecretStr("")
    store: Literal["local", "mongodb"] = "local"
    file: Path = Path("var/up/keys.sqlite")

    @property
    def site_key(self) -> bytes:
        """`site` as bytes."""
        return bytes.fromhex(self.site.get_secret_value())


class Auth(Group):
    """Who signs bearer tokens: a PEM file of our own, the JWKS address of an OIDC provider, or both.

    A token is taken until it expires, and never longer than `max_age_seconds` after it was issued.
    """

    public_key_file: Path | None = None
    jwks_url: str | None = None
    issuer: str = "careloop"
    audience: str = "careloop"
    max_age_seconds: int = Field(24 * 3600, ge=60)
    link_secret: SecretStr = SecretStr("")


class Rates(Group):
    """How often one client may ask one route of one process in a minute; `routes` name other numbers.

    `CARELOOP_RATES__ROUTES={"POST /v1/cases": 600}`.
    """

    per_minute: int = Field(6000, ge=1)
    routes: dict[str, int] = {}


class Smtp(Group):
    """The mail relay; `callback_secret` signs what the relay reports back (Standard Webhooks: `whsec_` and base64)."""

    host: str = "127.0.0.1"
    port: int = 1025
    sender: str = "careloop@hospital.example"
    username: str | None = None
    password: SecretStr | None = None
    tls: Literal["none", "starttls", "tls"] = "none"
    timeout_seconds: float = 20
    callback_secret: SecretStr = SecretStr("")


class Mllp(Group):
    """Where hospital systems connect; `site` names the mapping definition that applies.

    `cert_file` and `key_file` turn TLS on, `ca_file` asks clients for a certificate it signed (mutual TLS).
    `peers` are the networks that may connect; beyond loopback one of `ca_file` and `peers` must be set.
    More than `max_connections` wait their turn unread, and so does what exceeds `max_bytes_in_flight` over all of them.
    """

    host: str = "127.0.0.1"
    port: int = 2575
    site: str = "default"
    max_frame_bytes: int = 16 * 1024 * 1024
    idle_seconds: float = 300
    max_connections: int = Field(512, ge=1)
    max_bytes_in_flight: int = Field(128 * 1024 * 1024, ge=1)
    cert_file: Path | None = None
    key_file: Path | None = None
    ca_file: Path | None = None
    peers: tuple[IPvAnyNetwork, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> "Mllp":
        if (self.cert_file is None) != (self.key_file is None) or (self.ca_file and not self.cert_file):
            raise ValueError("MLLP over TLS needs CARELOOP_MLLP__CERT_FILE and CARELOOP_MLLP__KEY_FILE")
        if self.host not in LOOPBACK and not (self.ca_file or self.peers):
            raise ValueError(
                f"refusing to listen for MLLP on {self.host}: set CARELOOP_MLLP__CA_FILE (mutual TLS) or "
                'CARELOOP_MLLP__PEERS (a JSON list of networks: ["10.1.0.0/16"])'
            )
        return self


class PaymentKeys(Group):
    """What signs our requests to a payment platform, what it signs with, and what opens its notifications."""

    private_key_file: Path
    platform_key_file: Path
    api_v3_key: SecretStr


class Hospital(Group):
    """What the hospital's wall clock says, and where its patients reach our pages."""

    zone: str = "Asia/Shanghai"
    name: str = "CareLoop Demo Hospital"
    public_url: str = "http://127.0.0.1:8800"


class Settings(BaseSettings):
    """One object for one process; tests build their own.

    `body_bytes` names, by service, how large an HTTP body may be where a route says nothing else (64 KiB unless set):
    `CARELOOP_BODY_BYTES__COMPLAINTS=131072`. A message of a hospital system may have `mllp.max_frame_bytes`.
    `search_by_url` takes identifiers in URLs, for apps that do not know `POST /v1/persons/search` yet.
    """

    model_config = SettingsConfigDict(env_prefix="CARELOOP_", env_nested_delimiter="__", extra="ignore")

    environment: str = "local"
    data_dir: Path = Path("var/up")
    clock_file: Path | None = None
    span_file: Path | None = None
    incarnation: str = ""
    body_bytes: dict[str, int] = {}
    search_by_url: bool = False
    http_host: str = "127.0.0.1"
    http_port: int = 0
    kafka: Kafka = Kafka()
    mongo: Mongo = Mongo()
    keys: Keys = Keys()
    auth: Auth = Auth()
    rates: Rates = Rates()
    smtp: Smtp = Smtp()
    mllp: Mllp = Mllp()
    feeds: dict[str, SecretStr] = {}
    endpoints: dict[str, str] = {}
    payments: dict[str, PaymentKeys] = {}
    drop_dir: Path | None = None
    hospital: Hospital = Hospital()

    def secret_of(self, feed: str) -> str:
        """The token or password of a source that is read; "" where it has none."""
        secret = self.feeds.get(feed)
        return secret.get_secret_value() if secret else ""


@lru_cache
def settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
