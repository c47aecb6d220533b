"""Mint bearer tokens with a key of our own: for the console's people, and for systems without an OIDC provider."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from shared.settings import Auth


def mint_token(private: Path, auth: Auth, subject: str, scopes: list[str], lifetime: timedelta, **claims: Any) -> str:
    """Return a JWT signed with an Ed25519 key (a PEM file).

    `claims` are `roles`, `departments`, `campuses` of a staff member, or `senders` of a hospital system.
    """
    now = datetime.now(UTC)
    claims |= {
        "iss": auth.issuer,
        "aud": auth.audience,
        "sub": subject,
        "scope": " ".join(scopes),
        "iat": now,
        "exp": now + lifetime,
    }
    return jwt.encode(claims, private.read_bytes(), algorithm="EdDSA")
