"""Settings of the console."""

from pathlib import Path

from pydantic import Field, SecretStr

from shared.settings import Settings
from shared.settings_group import Group

SHORTEST = 32
"""Length of the session key in bytes."""


class Console(Group):
    """`gateway`: where the services are. `users_file`: local users with their passwords' hashes (`careloop users`).

    `session_key` (32 bytes, hex) seals the session cookie; `signing_key_file` (PEM, Ed25519) signs the tokens that the
    console asks the services with. A session ends after `idle_minutes` without a request, and `session_hours` after it
    began. After `failed_sign_ins` wrong passwords in 15 minutes a login is locked for as long.
    """

    gateway: str = "http://127.0.0.1:8800"
    users_file: Path | None = None
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
            raise ValueError("CARELOOP_CONSOLE__SESSION_KEY is no hex: `careloop keys new` makes one") from None
        if len(key) != SHORTEST:
            raise ValueError(f"CARELOOP_CONSOLE__SESSION_KEY has {len(key)} bytes, it needs {SHORTEST} in hex")
        return key


class ConsoleSettings(Settings):
    """Common settings and those of the console."""

    console: Console = Console()
