"""Settings of the mail relay."""

import base64
from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import SecretStr

from shared import ciphers
from shared.host.hops import beyond
from shared.settings import OwnSecret, Secrets, Settings, secrets_of
from shared.settings_group import Group
from shared.uses import Fault, Use
from shared.webhooks import SignatureInvalid, signing_key

MIN_SECRET_BYTES = 24
"""Minimum length of a signing secret in bytes, as Standard Webhooks requires."""


class Smtp(Group):
    """The mail relay. `callback_secret` verifies the relay's webhooks (Standard Webhooks: `whsec_` and base64).

    Webhooks signed with one of `former_callback_secrets` (a JSON list) are accepted until it is removed.
    """

    host: str = "127.0.0.1"
    port: int = 1025
    sender: str = "careloop@hospital.example"
    username: str | None = None
    password: SecretStr | None = None
    tls: Literal["none", "starttls", "tls"] = "none"
    timeout_seconds: float = 20
    callback_secret: SecretStr = SecretStr("")
    former_callback_secrets: tuple[SecretStr, ...] = ()

    @property
    def callbacks(self) -> Secrets:
        """The secrets that the relay's webhooks may be signed with."""
        return secrets_of(self.callback_secret, self.former_callback_secrets)


CALLBACK = OwnSecret(
    "callback",
    "SMTP__CALLBACK_SECRET",
    "SMTP__FORMER_CALLBACK_SECRETS",
    lambda: f"whsec_{base64.b64encode(ciphers.fresh()).decode()}",
)


class NotifySettings(Settings):
    """Settings of notify."""

    plain_hops: ClassVar[tuple[str, ...]] = ("smtp",)
    own_secrets: ClassVar[tuple[OwnSecret, ...]] = (CALLBACK,)

    smtp: Smtp = Smtp()


def _relay(settings: Settings) -> tuple[str, ...]:
    return (NotifySettings.of(settings).smtp.host,)


def _plain(settings: Settings) -> Iterator[Fault]:
    smtp = NotifySettings.of(settings).smtp
    if beyond(smtp.host) and smtp.tls == "none":
        yield Fault(f"mail leaves for {smtp.host} in plain: set CARELOOP_SMTP__TLS=starttls or tls", "smtp")


def _strength(secret: str) -> int:
    """The length of a secret in bytes; 0 if it is invalid."""
    try:
        return len(signing_key(secret))
    except SignatureInvalid:
        return 0


def _weak(settings: Settings) -> Iterator[str]:
    secrets = NotifySettings.of(settings).smtp.callbacks
    if any(_strength(secret) < MIN_SECRET_BYTES for secret in secrets.former if secret):
        yield f"CARELOOP_SMTP__FORMER_CALLBACK_SECRETS has one of fewer than {MIN_SECRET_BYTES} bytes: take it out"
    if _strength(secrets.current) < MIN_SECRET_BYTES:
        remedy = "`careloop keys new callback` makes one"
        yield f"CARELOOP_SMTP__CALLBACK_SECRET has fewer than {MIN_SECRET_BYTES} bytes: {remedy}"


SMTP = Use("smtp", ("SMTP__USERNAME", "SMTP__PASSWORD"), reaches=_relay, faults=_plain)
CALLBACKS = Use("callbacks", CALLBACK.settings, weak=_weak)
SETTINGS = (NotifySettings,)
"""The classes that are part of the settings of every process."""
