"""Mint bearer tokens with a local key, for systems without an OIDC provider."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shared.settings import Auth


def mint_key(private: Path, public: Path, rsa: bool = False) -> None:
    """Write a new key pair (PEM): Ed25519, or RSA with 2048 bits. The private file has mode 0600."""
    key = generate_private_key(65537, 2048) if rsa else Ed25519PrivateKey.generate()
    pem, pkcs8, none = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(pem, pkcs8, none))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))


def mint_token(private: Path, auth: Auth, subject: str, scopes: list[str], lifetime: timedelta, **claims: Any) -> str:
    """Return a JWT signed with the local Ed25519 key.

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
