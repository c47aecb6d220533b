"""Signatures and encrypted notifications of WeChat Pay's API v3 (SHA256-RSA2048, AES-256-GCM)."""

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.settings import PaymentKeys
from shared.webhooks import recent

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW_SECONDS = 300
"""Maximum age of a signature; an older one may be a replay attack."""


class NotGenuine(Exception):
    """A message was not sent by the platform, or is too old; the text has the reason."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The keys of one merchant's account: the merchant's private key, the platform's public key, the API v3 key."""

    provider: Provider
    private: RSAPrivateKey
    platform: RSAPublicKey
    secret: bytes

    @classmethod
    def of(cls, provider: Provider, keys: PaymentKeys) -> "Signer":
        """Read the keys. Raises OSError if a file is missing, ValueError if it contains no RSA key."""
        private = load_pem_private_key(keys.private_key_file.read_bytes(), None)
        platform = load_pem_public_key(keys.platform_key_file.read_bytes())
        if not isinstance(private, RSAPrivateKey) or not isinstance(platform, RSAPublicKey):
            raise ValueError("the keys of a payment platform must be RSA keys in PEM files")
        return cls(provider, private, platform, keys.api_v3_key.get_secret_value().encode())

    def authorization(self, method: str, path: str, body: str) -> str:
        """The Authorization header of a request."""
        stamp, nonce = str(int(time.time())), secrets.token_hex(16).upper()
        message = f"{method}\n{path}\n{stamp}\n{nonce}\n{body}\n".encode()
        signature = base64.b64encode(self.private.sign(message, PKCS1v15(), SHA256())).decode()
        fields = {
            "mchid": self.provider.merchant_id,
            "nonce_str": nonce,
            "signature": signature,
            "timestamp": stamp,
            "serial_no": self.provider.certificate_serial,
        }
        return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in fields.items())

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        """Verify the platform's signature and its age. Raises `NotGenuine`."""
        stamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
        if headers.get("wechatpay-serial") != self.provider.platform_key:
            raise NotGenuine("`Wechatpay-Serial` is not the platform key of the definition (`platform_key`)")
        if not recent(stamp, WINDOW_SECONDS):
            raise NotGenuine(f"`Wechatpay-Timestamp` is more than {WINDOW_SECONDS} s from now")
        message = b"\n".join([stamp.encode(), nonce.encode(), body, b""])
        try:
            signature = base64.b64decode(headers.get("wechatpay-signature", ""), validate=True)
            self.platform.verify(signature, message, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError) as error:
            raise NotGenuine(
                "`Wechatpay-Signature` does not fit: the body was altered, or the key is another"
            ) from error

    def opened(self, body: bytes) -> dict[str, Any]:
        """Decrypt the resource of a notification with the API v3 key. Raises `NotGenuine`."""
        try:
            resource = orjson.loads(body)["resource"]
            ciphertext = base64.b64decode(resource["ciphertext"])
            associated = resource.get("associated_data", "").encode()
            plaintext = AESGCM(self.secret).decrypt(resource["nonce"].encode(), ciphertext, associated)
            return dict(orjson.loads(plaintext))
        except (InvalidTag, AttributeError, KeyError, TypeError, ValueError) as error:
            raise NotGenuine("`resource` does not open with the API v3 key (CARELOOP_PAYMENTS)") from error
