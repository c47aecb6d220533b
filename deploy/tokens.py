"""Minting bearer tokens with a local key, for machines that have no OIDC provider."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shared.settings import Auth


def mint_key(private: Path, public: Path, rsa: bool = False) -> None:
    """Make a local signing key where `up` has none: Ed25519, or RSA of 2048 bits."""
    key = generate_private_key(65537, 2048) if rsa else Ed25519PrivateKey.generate()
    pem, pkcs8, none = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(pem, pkcs8, none))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))


def mint_token(private: Path, auth: Auth, subject: str, scopes: list[str], lifetime: timedelta, **claims: Any) -> str:
    """A bearer token signed with the local key.

    `claims` are those of a person (`roles`, `departments`, `campuses`) or of a hospital system (`senders`).
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
