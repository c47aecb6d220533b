"""Signed webhooks (Standard Webhooks 1.0: HMAC-SHA-256 over `id.timestamp.body`)."""

import base64
import hmac
import time
from collections.abc import Mapping

from shared.ciphers import mac
from shared.settings import Secrets

TOLERANCE_SECONDS = 300
_STANDARD = "whsec_"


class SignatureInvalid(Exception):
    """The text says which header is wrong."""


def recent(stamp: str, seconds: int) -> bool:
    """Whether a Unix time in a header is at most `seconds` from now. Only ASCII digits are accepted."""
    return stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and abs(time.time() - int(stamp)) <= seconds


def _signature(secret: str, id: str, stamp: str, body: bytes) -> str:
    digest = mac(signing_key(secret), f"{id}.{stamp}.".encode() + body)
    return f"v1,{base64.b64encode(digest).decode()}"


def signing_key(secret: str) -> bytes:
    """The bytes of a secret: base64 after `whsec_`, else its text. Raises `SignatureInvalid` for what is no base64."""
    if not secret.startswith(_STANDARD):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_STANDARD), validate=True)
    except ValueError as error:
        raise SignatureInvalid("the secret that is configured for this webhook is no base64 after `whsec_`") from error


def sign(secret: str, id: str, body: bytes) -> dict[str, str]:
    """The three headers of a signed webhook."""
    stamp = str(int(time.time()))
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": _signature(secret, id, stamp, body)}


def verify(secrets: Secrets, headers: Mapping[str, str], body: bytes) -> str:
    """The webhook's id, signed with the current secret or a former one. Raises `SignatureInvalid`."""
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not secrets.current:
        raise SignatureInvalid("no secret is configured for this webhook")
    if not id:
        raise SignatureInvalid("`webhook-id` is missing")
    if not recent(stamp, TOLERANCE_SECONDS):
        raise SignatureInvalid("`webhook-timestamp` is missing or more than five minutes off")
    expected = [_signature(secret, id, stamp, body).encode() for secret in secrets]
    signatures = headers.get("webhook-signature", "").encode().split(b" ")
    if not any(hmac.compare_digest(signature, other) for signature in expected for other in signatures):
        raise SignatureInvalid("`webhook-signature` does not fit the body")
    return id
