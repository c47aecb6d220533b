"""Signed links for patients. They expire by the shared clock."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import jwt

from shared.ciphers import KEY_BYTES, LINKS, kid
from shared.settings import LINK, Secrets, Settings
from shared.uses import Use, open_pages


class LinkInvalid(Exception):
    """The signature, purpose or age of a link is wrong; the text says which."""


def sign_link(secrets: Secrets, purpose: str, subject: str, expires: datetime) -> str:
    """A compact token for a patient's link: for one purpose, expiring, without personal data.

    Signed with the current secret, whose kid is in the header. Raises ValueError if there is no secret.
    """
    if not secrets.current:
        raise ValueError(
            "CARELOOP_AUTH__LINK_SECRET is not set, so no link can be signed: `careloop keys new` makes one"
        )
    token_claims = {"p": purpose, "s": subject, "e": int(expires.timestamp())}
    return jwt.encode(token_claims, secrets.current, LINKS, {"kid": _kid(secrets.current)})


def open_link(secrets: Secrets, purpose: str, token: str, now: datetime) -> str:
    """The subject of a valid link, signed with the current secret or a former one. Raises `LinkInvalid`."""
    token_claims = _token_claims(secrets, token)
    if token_claims.get("p") != purpose:
        raise LinkInvalid("broken")
    if token_claims.get("e", 0) < now.timestamp():
        raise LinkInvalid("expired")
    return str(token_claims["s"])


def _token_claims(secrets: Secrets, token: str) -> dict[str, Any]:
    """Links of earlier releases have no kid: each secret is tried."""
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
    if any(len(secret) < KEY_BYTES for secret in secrets.former if secret):
        yield f"CARELOOP_AUTH__FORMER_LINK_SECRETS has one of fewer than {KEY_BYTES} characters: take it out"
    yield from open_pages(settings)


SIGNED_LINKS = Use("links", LINK.settings, weak=_weak)
