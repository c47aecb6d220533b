"""Signed links for patients. They use the shared clock: they are about the story."""

from datetime import datetime

import jwt


class LinkInvalid(Exception):
    """A link's signature, purpose or age is wrong; the text says which."""


def sign_link(secret: str, purpose: str, subject: str, expires: datetime) -> str:
    """A compact token for a patient's link: single-purpose, expiring, nothing personal in it."""
    claims = {"p": purpose, "s": subject, "e": int(expires.timestamp())}
    return jwt.encode(claims, secret, algorithm="HS256")


def open_link(secret: str, purpose: str, token: str, now: datetime) -> str:
    """The subject of a valid link. Raises `LinkInvalid`."""
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"], options={"verify_exp": False, "verify_iat": False})
    except jwt.PyJWTError as error:
        raise LinkInvalid("broken") from error
    if claims.get("p") != purpose:
        raise LinkInvalid("broken")
    if claims.get("e", 0) < now.timestamp():
        raise LinkInvalid("expired")
    return str(claims["s"])
