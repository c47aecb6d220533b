"""Signed webhooks, in and out (Standard Webhooks 1.0: HMAC-SHA-256 over `id.timestamp.body`)."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping

TOLERANCE_SECONDS = 300


class SignatureInvalid(Exception):
    """The text says which header is wrong."""


def _signature(secret: str, id: str, stamp: str, body: bytes) -> str:
    digest = hmac.new(secret.encode(), f"{id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def sign(secret: str, id: str, body: bytes) -> dict[str, str]:
    """The three headers of a signed webhook."""
    stamp = str(int(time.time()))
    return {"webhook-id": id, "webhook-timestamp": stamp, "webhook-signature": _signature(secret, id, stamp, body)}


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> str:
    """The webhook's id. Raises `SignatureInvalid`."""
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not secret:
        raise SignatureInvalid("no secret is configured for this webhook")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
        raise SignatureInvalid("`webhook-timestamp` is missing or more than five minutes off")
    wanted = _signature(secret, id, stamp, body)
    given = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(wanted, one) for one in given):
        raise SignatureInvalid("`webhook-signature` does not fit the body")
    return id
