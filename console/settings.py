"""Settings of the console."""

from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr, model_validator

from shared.host.hops import plain
from shared.settings import OwnSecret, Settings
from shared.settings_group import Group

SESSION_KEY_BYTES = 32
SESSION = OwnSecret("session", "CONSOLE__SESSION_KEY")
"""The secret that seals sessions."""


class Oidc(Group):
    """The hospital's identity provider (OpenID Connect). `issuer`: its address; "" if there is none.

    `client_secret_file`: the secret of a confidential client, read at each sign-in. `login_claim`: the claim of the ID
    token that is the `login` of a `staff` definition; choose one that the provider never gives to somebody else.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret_file: Path | None = None
    login_claim: str = "sub"
    scope: str = "openid"

    @model_validator(mode="after")
    def _usable(self) -> "Oidc":
        if self.issuer and plain(self.issuer):
            raise ValueError(
                "CARELOOP_CONSOLE__OIDC__ISSUER is not https: whoever is on the way could sign in as anybody"
            )
        if self.issuer and not self.client_id:
            raise ValueError("CARELOOP_CONSOLE__OIDC__CLIENT_ID is not set: the provider gives it to the console")
        return self


class Console(Group):
    """`gateway`: where the services are. `users_file`: local users with their passwords' hashes (`careloop users`).

    `oidc`: the identity provider that staff sign in at; without `users_file` there is no other way.

    `session_key` (32 bytes, hex) seals the session cookie; `signing_key_file` (PEM, Ed25519) signs the tokens that the
    console asks the services with. A session ends after `idle_minutes` without a request, and `session_hours` after it
    began. After `failed_sign_ins` wrong passwords in 15 minutes a login is locked for as long.
    """

    gateway: str = "http://127.0.0.1:8800"
    users_file: Path | None = None
    oidc: Oidc = Oidc()
    session_key: SecretStr = SecretStr("")
    signing_key_file: Path | None = None
    idle_minutes: int = Field(60, ge=1)
    session_hours: int = Field(12, ge=1)
    failed_sign_ins: int = Field(5, ge=1)

    @property
    def key(self) -> bytes:
        """`session_key` as bytes. Raises ValueError unless it is 32 bytes in hex."""
        try:
            key = bytes.fromhex(self.session_key.get_secret_value())
        except ValueError:
            raise ValueError("CARELOOP_CONSOLE__SESSION_KEY is no hex: `careloop keys new session` makes one") from None
        if len(key) != SESSION_KEY_BYTES:
            raise ValueError(f"CARELOOP_CONSOLE__SESSION_KEY has {len(key)} bytes, it needs {SESSION_KEY_BYTES} in hex")
        return key

    @property
    def signing_key(self) -> Path:
        """`signing_key_file`. Raises ValueError if it is not set."""
        if self.signing_key_file is None:
            raise ValueError("CARELOOP_CONSOLE__SIGNING_KEY_FILE is not set: it signs what the services are asked with")
        return self.signing_key_file


class ConsoleSettings(Settings):
    """Common settings and those of the console."""

    every_hop: ClassVar[bool] = False
    console: Console = Console()
