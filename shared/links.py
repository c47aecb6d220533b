"""Signed links for patients. They use the shared clock: they are about the story."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import jwt

from shared.ciphers import KEY_BYTES, LINKS, kid
from shared.settings import Secrets, Settings
from shared.uses import Use, open_pages


class LinkInvalid(Exception):
    """A link's signature, purpose or age is wrong; the text says which."""


def sign_link(secrets: Secrets, purpose: str, subject: str, expires: datetime) -> str:
    """A compact token for a patient's link: single-purpose, expiring, nothing personal in it.

    The current secret signs, and is named by its kid. Raises ValueError where there is none.
    """
    if not secrets.current:
        raise ValueError(
            "CARELOOP_AUTH__LINK_SECRET is not set, so no link can be signed: `careloop keys new` makes one"
        )
    claims = {"p": purpose, "s": subject, "e": int(expires.timestamp())}
    return jwt.encode(claims, secrets.current, LINKS, {"kid": _kid(secrets.current)})


def open_link(secrets: Secrets, purpose: str, token: str, now: datetime) -> str:
    """The subject of a valid link, signed with the current secret or a former one. Raises `LinkInvalid`."""
    claims = _claims(secrets, token)
    if claims.get("p") != purpose:
        raise LinkInvalid("broken")
    if claims.get("e", 0) < now.timestamp():
        raise LinkInvalid("expired")
    return str(claims["s"])


def _claims(secrets: Secrets, token: str) -> dict[str, Any]:
    """Links of earlier releases name no secret: each is tried."""
    try:
        named = jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError as error:
        raise LinkInvalid("broken") from error
    for secret in secrets:
        if named in (None, _kid(secret)):
            try:
                return jwt.decode(token, secret, [LINKS], {"verify_exp": False, "verify_iat": False})
            except jwt.PyJWTError:
                continue
    raise LinkInvalid("broken")


def _kid(secret: str) -> str:
    return kid("link", secret.encode())


def _weak(settings: Settings) -> Iterator[str]:
    secrets = settings.auth.links
    if len(secrets.current) < KEY_BYTES:
        yield f"CARELOOP_AUTH__LINK_SECRET has fewer than {KEY_BYTES} characters: `careloop keys new link` makes one"
    if any(len(each) < KEY_BYTES for each in secrets.former if each):
        yield f"CARELOOP_AUTH__FORMER_LINK_SECRETS has one of fewer than {KEY_BYTES} characters: take it out"
    yield from open_pages(settings)


SIGNED_LINKS = Use("links", ("AUTH__LINK_SECRET", "AUTH__FORMER_LINK_SECRETS"), weak=_weak)
