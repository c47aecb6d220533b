"""Make the key pairs of a local system: of bearer tokens, of the merchant and of the simulated payment platform."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key


def mint_key(private: Path, public: Path, rsa: bool = False) -> None:
    """Write a new key pair (PEM): Ed25519, or RSA with 2048 bits. The private file has mode 0600."""
    key = generate_private_key(65537, 2048) if rsa else Ed25519PrivateKey.generate()
    pem, pkcs8, none = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.touch(mode=0o600)
    private.write_bytes(key.private_bytes(pem, pkcs8, none))
    public.write_bytes(key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo))
