"""A merchant's account at the platform: check request signatures, sign responses, encrypt notifications."""

import base64
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

MERCHANT, SERIAL, PLATFORM = "1900000001", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1", "PUB_KEY_ID_0119000000012026"
"""Ids as in the demo's `payment-provider` definition."""
_FIELDS = re.compile(r'(\w+)="([^"]*)"')


class No(Exception):
    """The platform refuses a request, with an HTTP status and an error code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass(slots=True)
class Account:
    """A merchant's account; `secret` is the API v3 key."""

    merchant_id: str
    serial: str
    merchant_key: RSAPublicKey
    platform_id: str
    platform_key: RSAPrivateKey
    secret: bytes

    @classmethod
    def of(cls, directory: Path, secret: str) -> "Account":
        """Return the demo hospital's account, with the keys in a data folder."""
        merchant = load_pem_public_key((directory / "merchant-key.pub").read_bytes())
        platform = load_pem_private_key((directory / "platform-key.pem").read_bytes(), None)
        assert isinstance(merchant, RSAPublicKey)
        assert isinstance(platform, RSAPrivateKey)
        return cls(MERCHANT, SERIAL, merchant, PLATFORM, platform, secret.encode())

    def signed(self, body: bytes, seconds_ago: int = 0) -> dict[str, str]:
        """Return the headers with the platform's signature of a body, made `seconds_ago`."""
        stamp, nonce = str(int(time.time()) - seconds_ago), secrets.token_hex(8)
        message = b"\n".join([stamp.encode(), nonce.encode(), body, b""])
        return {
            "content-type": "application/json",
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": self.platform_id,
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
            "wechatpay-signature": base64.b64encode(self.platform_key.sign(message, PKCS1v15(), SHA256())).decode(),
        }

    def admit(self, method: str, path: str, authorization: str, body: bytes) -> None:
        """Check that the merchant signed a request. Raises `No`."""
        fields = dict(_FIELDS.findall(authorization))
        message = b"\n".join([method.encode(), path.encode(), fields.get("timestamp", "").encode()])
        message = b"\n".join([message, fields.get("nonce_str", "").encode(), body, b""])
        valid = fields.get("mchid") == self.merchant_id and fields.get("serial_no") == self.serial
        try:
            signature = base64.b64decode(fields.get("signature", ""))
            self.merchant_key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            valid = False
        if not valid:
            raise No(401, "SIGN_ERROR")

    def sealed(self, data: dict[str, Any]) -> dict[str, str]:
        """Return the encrypted `resource` of a notification."""
        nonce = secrets.token_hex(6)
        ciphertext = AESGCM(self.secret).encrypt(nonce.encode(), orjson.dumps(data), b"transaction")
        resource = {"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "transaction"}
        return {**resource, "ciphertext": base64.b64encode(ciphertext).decode()}
