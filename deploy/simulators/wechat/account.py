"""A merchant's account as the platform sees it: who may ask, and how what the platform says is signed and sealed."""

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
"""As the demo's `payment-provider` definition names them."""
_FIELDS = re.compile(r'(\w+)="([^"]*)"')


class No(Exception):
    """The platform says no: a status and a code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass(slots=True)
class Account:
    """The merchant as the platform knows it."""

    merchant_id: str
    serial: str
    merchant_key: RSAPublicKey
    platform_id: str
    platform_key: RSAPrivateKey
    secret: bytes

    @classmethod
    def of(cls, directory: Path, secret: str) -> "Account":
        """The demo hospital's account, with the keys in a data directory."""
        merchant = load_pem_public_key((directory / "merchant-key.pub").read_bytes())
        platform = load_pem_private_key((directory / "platform-key.pem").read_bytes(), None)
        assert isinstance(merchant, RSAPublicKey)
        assert isinstance(platform, RSAPrivateKey)
        return cls(MERCHANT, SERIAL, merchant, PLATFORM, platform, secret.encode())

    def signed(self, body: bytes, seconds_ago: int = 0) -> dict[str, str]:
        """The platform's signature over a body."""
        stamp, nonce = str(int(time.time()) - seconds_ago), secrets.token_hex(8)
        told = b"\n".join([stamp.encode(), nonce.encode(), body, b""])
        return {
            "content-type": "application/json",
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": self.platform_id,
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
            "wechatpay-signature": base64.b64encode(self.platform_key.sign(told, PKCS1v15(), SHA256())).decode(),
        }

    def admit(self, method: str, path: str, authorization: str, body: bytes) -> None:
        """Whether the merchant signed this request. Raises `No`."""
        told = dict(_FIELDS.findall(authorization))
        message = b"\n".join([method.encode(), path.encode(), told.get("timestamp", "").encode()])
        message = b"\n".join([message, told.get("nonce_str", "").encode(), body, b""])
        known = told.get("mchid") == self.merchant_id and told.get("serial_no") == self.serial
        try:
            signature = base64.b64decode(told.get("signature", ""))
            self.merchant_key.verify(signature, message, PKCS1v15(), SHA256())
        except InvalidSignature:
            known = False
        if not known:
            raise No(401, "SIGN_ERROR")

    def sealed(self, told: dict[str, Any]) -> dict[str, str]:
        """The resource of a notification."""
        nonce = secrets.token_hex(6)
        box = AESGCM(self.secret).encrypt(nonce.encode(), orjson.dumps(told), b"transaction")
        resource = {"algorithm": "AEAD_AES_256_GCM", "nonce": nonce, "associated_data": "transaction"}
        return {**resource, "ciphertext": base64.b64encode(box).decode()}
