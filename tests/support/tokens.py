"""Makes valid and invalid access tokens, for tests of the code that checks them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from deploy.key_pairs import mint_key
from shared.settings import Auth


class Issuer:
    """An issuer of tokens with a key file of its own."""

    def __init__(self, folder: Path, **auth: Any) -> None:
        self.private = folder / "key.pem"
        self.auth = Auth(public_key_file=folder / "key.pub", **auth)
        mint_key(self.private, folder / "key.pub")

    def token(
        self, scopes: str = "", *, without: str = "", headers: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """A token valid for an hour; `claims` replace its token claims, and the one named `without` is left out."""
        now = datetime.now(UTC)
        claims_made = {
            "iss": self.auth.issuer,
            "aud": self.auth.audience,
            "sub": "desk",
            "iat": now,
            "exp": now + timedelta(hours=1),
            "scope": scopes,
            **claims,
        }
        claims_made.pop(without, None)
        return jwt.encode(claims_made, self.private.read_bytes(), "EdDSA", headers)
