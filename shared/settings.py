"""All common settings, read from the environment as `CARELOOP_<GROUP>__<NAME>`, or from files of such names.

The files are those of the folder `CARELOOP_SECRETS_DIR`, as Docker and Kubernetes mount secrets.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from shared import ciphers
from shared.settings_group import Group
from shared.settings_kafka import Kafka

WIDE_SCOPES = "CARELOOP_AUTH__WIDE_SCOPES is on: old scopes still cover the duties that were split off them"


class Mongo(Group):
    """Credentials and TLS are part of the URL, as for every MongoDB client."""

    url: str = "mongodb://127.0.0.1:27117/?replicaSet=rs0"


class Keys(Group):
    """`master` wraps data keys; `site` turns identifiers into HMACs. Both 32 bytes, hex: `careloop keys new`.

    `former_masters` (a JSON list) are accepted until `careloop keys rewrap` is done. A site key has no predecessors
    (ADR 26). `unowned_days`: how long keys are kept whose owner is unknown, so that no erasure reaches them; for a
    number without a record counted from its last message.
    """

    master: SecretStr = SecretStr("")
    former_masters: tuple[SecretStr, ...] = ()
    site: SecretStr = SecretStr("")
    store: Literal["local", "mongodb"] = "local"
    file: Path = Path("var/up/keys.sqlite")
    unowned_days: int = Field(default=90, ge=1)

    @property
    def site_key(self) -> bytes:
        """`site` as bytes. Raises ValueError for fewer than 16 bytes, with which ids of aggregates could be guessed.

        A new log gets 32 bytes; 16 are accepted for old logs, which cannot change it.
        """
        key = _bytes("CARELOOP_KEYS__SITE", self.site)
        if len(key) < MIN_KEY_BYTES:
            have = f"has {len(key)} bytes" if key else "is not set"
            raise ValueError(f"CARELOOP_KEYS__SITE {have}, a log needs 32 in hex: `careloop keys new` makes one")
        return key

    @property
    def master_key(self) -> bytes:
        """`master` as bytes. Raises ValueError."""
        return _bytes("CARELOOP_KEYS__MASTER", self.master)

    @property
    def former_master_keys(self) -> list[bytes]:
        """`former_masters` as bytes. Raises ValueError."""
        return [_bytes("CARELOOP_KEYS__FORMER_MASTERS", each) for each in self.former_masters]


MIN_KEY_BYTES = 16
"""Minimum length of a key in bytes."""


def _bytes(name: str, secret: SecretStr) -> bytes:
    try:
        return bytes.fromhex(secret.get_secret_value())
    except ValueError:  # its text would quote the input
        raise ValueError(f"{name} is no hex: `careloop keys new` makes one") from None


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secret that signs now, and former ones that are still accepted."""

    current: str
    former: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:
        """Those that are set, the current one first."""
        return (secret for secret in (self.current, *self.former) if secret)


@dataclass(frozen=True, slots=True)
class OwnSecret:
    """A secret that an installation makes for itself: `careloop keys new` prints one, `careloop up` keeps its own.

    `name`: as these commands have it. `setting`, `former`: the settings of its value and of a list of earlier ones, ""
    if it has no predecessors, without CARELOOP_. `fresh` makes one, by default 32 bytes in hex.
    """

    name: str
    setting: str
    former: str = ""
    fresh: Callable[[], str] = lambda: ciphers.fresh().hex()

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that hold it."""
        return tuple(filter(None, (self.setting, self.former)))


MASTER = OwnSecret("master", "KEYS__MASTER", "KEYS__FORMER_MASTERS")
SITE = OwnSecret("site", "KEYS__SITE")
LINK = OwnSecret("link", "AUTH__LINK_SECRET", "AUTH__FORMER_LINK_SECRETS")


def secrets_of(current: SecretStr, former: tuple[SecretStr, ...]) -> Secrets:
    """A secret and its predecessors, as text."""
    return Secrets(current.get_secret_value(), tuple(secret.get_secret_value() for secret in former))


class Auth(Group):
    """Who signs bearer tokens: a PEM file of our own, the JWKS URL of an OIDC provider, or both.

    A token is accepted until it expires, and at most `max_age_seconds` after it was issued. `senders_required`:
    messages of hospital systems are accepted only with a token that names their senders. `wide_scopes`: old scopes
    still cover the rights that were split off them. `link_secret` signs patients' links; links of `former_link_secrets`
    (a JSON list) are accepted until these are removed.

    These secrets and `senders_required` are settings of some services only. They stay here because one class must hold
    all of CARELOOP_AUTH__…, and their names do not change.
    """

    public_key_file: Path | None = None
    jwks_url: str | None = None
    issuer: str = "careloop"
    audience: str = "careloop"
    max_age_seconds: int = Field(24 * 3600, ge=60)
    senders_required: bool = False
    wide_scopes: bool = False
    link_secret: SecretStr = SecretStr("")
    former_link_secrets: tuple[SecretStr, ...] = ()

    @property
    def links(self) -> Secrets:
        """The secrets of signed links."""
        return secrets_of(self.link_secret, self.former_link_secrets)


class Rates(Group):
    """How often a client may call one route of one process per minute; `routes` has other limits.

    `CARELOOP_RATES__ROUTES={"POST /v1/cases": 600}`.
    """

    per_minute: int = Field(6000, ge=1)
    routes: dict[str, int] = {}


class Http(Group):
    """`cert_file` and `key_file` turn TLS on; `behind_tls_proxy`: a proxy terminates TLS.

    More than `max_connections` concurrent connections are answered with 503.
    """

    cert_file: Path | None = None
    key_file: Path | None = None
    behind_tls_proxy: bool = False
    max_connections: int = Field(1000, ge=1)

    @model_validator(mode="after")
    def _whole(self) -> "Http":
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("HTTP over TLS needs CARELOOP_HTTP__CERT_FILE and CARELOOP_HTTP__KEY_FILE")
        return self


class Hospital(Group):
    """Time zone and name of the hospital, and the URL at which patients reach our pages."""

    zone: str = "Asia/Shanghai"
    name: str = "CareLoop Demo Hospital"
    public_url: str = "http://127.0.0.1:8800"


class Settings(BaseSettings):
    """Settings of every service; tests build their own. A service with further settings has a subclass.

    `body_bytes`: by service, the maximum size of an HTTP body if its route has no own limit (default 64 KiB):
    `CARELOOP_BODY_BYTES__<NAME>=131072`. `search_by_url`: accept identifiers in URLs, for clients that do not use `POST
    /v1/persons/search` yet. `allow_plain` (a JSON list): hops without TLS that a mesh or tunnel protects; logged at
    each start. `plain_hops`: the hops that these settings have, `own_secrets`: the secrets in them; each subclass adds
    its own. `every_hop`: whether it has those of all processes, so that another one is a mistake.
    """

    model_config = SettingsConfigDict(
        env_prefix="CARELOOP_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    plain_hops: ClassVar[tuple[str, ...]] = ("kafka", "mongo", "gateway", "services")
    every_hop: ClassVar[bool] = True
    own_secrets: ClassVar[tuple[OwnSecret, ...]] = (MASTER, SITE, LINK)

    environment: str = "local"
    data_dir: Path = Path("var/up")
    clock_file: Path | None = None
    span_file: Path | None = None
    incarnation: str = ""
    body_bytes: dict[str, int] = {}
    search_by_url: bool = False
    http_host: str = "127.0.0.1"
    http_port: int = 0
    http: Http = Http()
    allow_plain: tuple[str, ...] = ()
    kafka: Kafka = Kafka()
    mongo: Mongo = Mongo()
    keys: Keys = Keys()
    auth: Auth = Auth()
    rates: Rates = Rates()
    hospital: Hospital = Hospital()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where settings come from, the first that has one wins: arguments, environment, .env file, files of secrets.

        A file holds one value, without quotes; a newline at its end does not belong to it.
        """
        folder = os.environ.get("CARELOOP_SECRETS_DIR") or None
        files = NestedSecretsSettingsSource(file_secret_settings, secrets_dir=folder, secrets_dir_missing="ok")
        return init_settings, env_settings, dotenv_settings, files

    @field_validator("allow_plain")
    @classmethod
    def _known_hops(cls, allowed: tuple[str, ...]) -> tuple[str, ...]:
        hops = sorted({hop for base in cls.__mro__ for hop in vars(base).get("plain_hops", ())})
        if cls.every_hop and not {*allowed} <= {*hops}:
            raise ValueError(f"a hop that is none: choose from {', '.join(hops)}")
        return allowed

    @classmethod
    def all_own_secrets(cls) -> dict[str, OwnSecret]:
        """The secrets of these settings by name, those of every service first."""
        declared = (secret for base in reversed(cls.__mro__) for secret in vars(base).get("own_secrets", ()))
        return {secret.name: secret for secret in declared}

    @classmethod
    def of(cls, settings: "Settings") -> Self:
        """These settings as the subclass of one service. Raises TypeError if they are not."""
        if not isinstance(settings, cls):
            raise TypeError(f"these settings were read without those of {cls.__name__}")
        return settings
