"""The only module that names the cryptographic algorithms for CareLoop's own data.

Ciphertexts: AES-256-GCM. Wrapped data keys: AES key wrap (RFC 3394). HMACs and signatures: HMAC-SHA-256. Another suite
(SM4 for the first two, HMAC-SM3 for the last) would replace them here. Wrapped keys and links carry the `kid` of their
key, so two suites can coexist; ciphertexts do not, so those of a second suite need a prefix. Algorithms that others
prescribe (bearer tokens, payment platforms, TLS) are not chosen here.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

KEY_BYTES = 32
LINKS = "HS256"
"""The JWT name (RFC 7518) of HMAC-SHA-256."""
_NONCE = 12


class DataKey:
    """Encrypts and decrypts with one key of 32 bytes. `context` is authenticated, not encrypted."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, clear: bytes, context: bytes) -> bytes:
        """A fresh nonce followed by the ciphertext."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, clear, context)

    def open(self, ciphertext: bytes, context: bytes) -> bytes:
        """The cleartext. Raises ValueError for a ciphertext that was altered."""
        try:
            return self._cipher.decrypt(ciphertext[:_NONCE], ciphertext[_NONCE:], context)
        except InvalidTag as error:
            raise ValueError("the ciphertext does not open with its key") from error


def fresh() -> bytes:
    """32 random bytes, for a data key, a master key or a secret."""
    return os.urandom(KEY_BYTES)


def wrap(master: bytes, key: bytes) -> bytes:
    """A data key wrapped with a master key of 16 or 32 bytes: 40 bytes."""
    return aes_key_wrap(master, key)


def unwrap(master: bytes, wrapped: bytes) -> bytes | None:
    """The data key; None if another master key wrapped it (the wrapping is authenticated)."""
    try:
        return aes_key_unwrap(master, wrapped)
    except InvalidUnwrap:
        return None


def mac(key: bytes, text: bytes) -> bytes:
    """HMAC: 32 bytes that only the owner of the key can compute."""
    return hmac.digest(key, text, "sha256")


def kid(kind: str, secret: bytes) -> str:
    """The id of a secret that does not reveal it: 8 hex digits. The same secret of another kind has another id."""
    return hashlib.sha256(f"careloop.kid|{kind}|".encode() + secret).hexdigest()[:8]
