"""The only module that names the algorithms with which CareLoop protects what is its own.

Boxes: AES-256-GCM. Wrapped data keys: AES key wrap (RFC 3394). Names and signatures: HMAC-SHA-256. A suite that a
country asks for (SM4 for the first two, HMAC-SM3 for the last) takes its place here and nowhere else. Wrapped keys and
links name by `kid` what made them, so two suites can be read side by side; a box does not, so those of a second suite
have to begin with a mark. What others prescribe (bearer tokens, payment platforms, TLS) is not chosen here.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

KEY_BYTES = 32
LINKS = "HS256"
"""HMAC-SHA-256 as JWT (RFC 7518) names it."""
_NONCE = 12


class DataKey:
    """Seals and opens with one key of 32 bytes. `context` is authenticated, not hidden."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, clear: bytes, context: bytes) -> bytes:
        """A fresh nonce and the ciphertext."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, clear, context)

    def open(self, box: bytes, context: bytes) -> bytes:
        """What was sealed. Raises ValueError for a box that was altered."""
        try:
            return self._cipher.decrypt(box[:_NONCE], box[_NONCE:], context)
        except InvalidTag as error:
            raise ValueError("the box does not open with its key") from error


def fresh() -> bytes:
    """32 random bytes: a data key, a master, a secret."""
    return os.urandom(KEY_BYTES)


def wrap(master: bytes, key: bytes) -> bytes:
    """A data key under a master of 16 or 32 bytes; 40 bytes."""
    return aes_key_wrap(master, key)


def unwrap(master: bytes, wrapped: bytes) -> bytes | None:
    """The data key; None where another master wrapped it (the wrapping authenticates)."""
    try:
        return aes_key_unwrap(master, wrapped)
    except InvalidUnwrap:
        return None


def mac(key: bytes, text: bytes) -> bytes:
    """32 bytes that only who has the key can make."""
    return hmac.digest(key, text, "sha256")


def kid(kind: str, secret: bytes) -> str:
    """What names a secret without giving it away: 8 hex digits. The same secret of another kind has another name."""
    return hashlib.sha256(f"careloop.kid|{kind}|".encode() + secret).hexdigest()[:8]
