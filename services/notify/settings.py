"""Settings of the mail relay."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import SecretStr

from shared.host.hops import beyond
from shared.settings import Secrets, Settings, secrets_of
from shared.settings_group import Group
from shared.uses import Fault, Use
from shared.webhooks import strength

SHORTEST = 24
"""Bytes of a signing secret: the least that Standard Webhooks allows."""


class Smtp(Group):
    """The mail relay; `callback_secret` signs what the relay reports back (Standard Webhooks: `whsec_` and base64).

    What is signed with one of `former_callback_secrets` (a JSON list) is accepted until that is taken out.
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
        """What signs the relay's reports."""
        return secrets_of(self.callback_secret, self.former_callback_secrets)


class NotifySettings(Settings):
    """How mail leaves."""

    plain_hops: ClassVar[tuple[str, ...]] = ("smtp",)

    smtp: Smtp = Smtp()


def _relay(settings: Settings) -> tuple[str, ...]:
    return (NotifySettings.of(settings).smtp.host,)


def _plain(settings: Settings) -> Iterator[Fault]:
    smtp = NotifySettings.of(settings).smtp
    if beyond(smtp.host) and smtp.tls == "none":
        yield Fault(f"mail leaves for {smtp.host} in plain: set CARELOOP_SMTP__TLS=starttls or tls", "smtp")


def _weak(settings: Settings) -> Iterator[str]:
    secrets = NotifySettings.of(settings).smtp.callbacks
    if any(strength(each) < SHORTEST for each in secrets.former if each):
        yield f"CARELOOP_SMTP__FORMER_CALLBACK_SECRETS has one of fewer than {SHORTEST} bytes: take it out"
    if strength(secrets.current) < SHORTEST:
        yield f"CARELOOP_SMTP__CALLBACK_SECRET has fewer than {SHORTEST} bytes: `careloop keys new callback` makes one"


SMTP = Use("smtp", ("SMTP__USERNAME", "SMTP__PASSWORD"), reaches=_relay, faults=_plain)
CALLBACKS = Use("callbacks", ("SMTP__CALLBACK_SECRET", "SMTP__FORMER_CALLBACK_SECRETS"), weak=_weak)
