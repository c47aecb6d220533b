"""A certificate authority of our own, for installations and tests where a hospital has none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.clock import real_time

LOOPBACK = ("127.0.0.1",)
PEM = serialization.Encoding.PEM
ORGANISATION = "CareLoop"
"""By this the members of a MongoDB replica set know each other.

Without it a server does not trust itself, and never ends to build an index on a collection with documents.
"""


@dataclass(frozen=True, slots=True)
class Issued:
    """The file of a certificate and the file of its key (PEM)."""

    cert: Path
    key: Path

    def joined(self) -> Path:
        """Write key and certificate into one file, as Kafka and MongoDB want them, and return its path."""
        file = self.cert.with_suffix(".both.pem")
        file.touch(mode=0o600)
        file.write_bytes(self.key.read_bytes() + self.cert.read_bytes())
        return file


class Authority:
    """Signs certificates. Its own is `NAME.pem` in a folder; its key is kept in `NAME.key` if it is to be used again.

    Certificates hold for `days`, the authority ten times as long.
    """

    def __init__(self, folder: Path, name: str, days: int = 1, keep: bool = False) -> None:
        self._folder, self._days = folder, days
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.file, kept = folder / f"{name}.pem", folder / f"{name}.key"
        if kept.exists():
            key = serialization.load_pem_private_key(kept.read_bytes(), None)
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            self._key = key
            return
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file.write_bytes(self._signed(self._name, self._key.public_key(), days * 10, (), authority=True))
        if keep:
            _write_key(kept, self._key)

    def issue(self, name: str, password: str = "", hosts: Sequence[str] = LOOPBACK) -> Issued:
        """Issue a certificate for a name, valid for hosts (names and IP addresses), by default the loopback address.

        With a password the key file is encrypted.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        organisation = x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, ORGANISATION)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name), organisation])
        pair = Issued(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        pair.cert.write_bytes(self._signed(subject, key.public_key(), self._days, hosts))
        _write_key(pair.key, key, password)
        return pair

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey,
        days: int,
        hosts: Sequence[str],
        authority: bool = False,
    ) -> bytes:
        now = real_time()
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=days))
        if authority:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        else:
            builder = builder.add_extension(x509.SubjectAlternativeName([*map(_host, hosts)]), critical=False)
        return builder.sign(self._key, hashes.SHA256()).public_bytes(PEM)


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey, password: str = "") -> None:
    best = serialization.BestAvailableEncryption
    how = best(password.encode()) if password else serialization.NoEncryption()
    file.touch(mode=0o600)
    file.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, how))
