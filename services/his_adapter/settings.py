"""Settings of his_adapter: MLLP, feeds, databases, drop folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator

from services.his_adapter.formats.tables.limits import Drop
from services.his_adapter.payments.settings import PaymentSettings
from shared.host.hops import beyond
from shared.settings import Settings
from shared.settings_group import Group
from shared.settings_kafka import ClientTls
from shared.uses import Fault, Use


class Mllp(Group):
    """The MLLP server; `site` is the id of the `site` definition that applies.

    `cert_file` and `key_file` turn TLS on; with `ca_file`, clients need a certificate that it signed (mutual TLS).
    `peers` are the networks that may connect; `careloop doctor` reports what an address other than loopback requires.
    `senders` maps the common name of a client certificate to the senders that the client may use
    (`{"his.city": ["HIS/CITY"]}`); a client that is not in it may use none. If it is empty, every client may use all.
    Connections over `max_connections` wait, and bytes over `max_bytes_in_flight` (all connections) are not read yet.
    """

    host: str = "127.0.0.1"
    port: int = 2575
    site: str = "default"
    max_frame_bytes: int = 16 * 1024 * 1024
    idle_seconds: float = 300
    max_connections: int = Field(512, ge=1)
    max_bytes_in_flight: int = Field(128 * 1024 * 1024, ge=1)
    cert_file: Path | None = None
    key_file: Path | None = None
    ca_file: Path | None = None
    peers: tuple[IPvAnyNetwork, ...] = ()
    senders: dict[str, frozenset[str]] = {}

    @model_validator(mode="after")
    def _whole(self) -> "Mllp":
        if (self.cert_file is None) != (self.key_file is None) or (self.ca_file and not self.cert_file):
            raise ValueError("MLLP over TLS needs CARELOOP_MLLP__CERT_FILE and CARELOOP_MLLP__KEY_FILE")
        if self.senders and not self.ca_file:
            raise ValueError("CARELOOP_MLLP__SENDERS goes by client certificates: set CARELOOP_MLLP__CA_FILE")
        return self


class Bulk(Group):
    """Limits of a Bulk Data export, unpacked; a line over `max_line_bytes` becomes a dead letter.

    The first `max_errors` errors that the server reports become dead letters, the others are only counted.
    """

    max_line_bytes: int = Field(16 << 20, ge=1024)
    max_manifest_bytes: int = Field(16 << 20, ge=1024)
    max_files: int = Field(10_000, ge=1)
    max_bytes: int = Field(1 << 40, ge=1)
    max_ratio: int = Field(200, ge=1)
    max_errors: int = Field(1000, ge=0)


class DatabaseTls(ClientTls):
    """TLS of the connection to a hospital's database."""

    @staticmethod
    def setting(field: str) -> str:
        """Return the name of the setting of a field, for error messages."""
        return f"`{field}` in CARELOOP_DATABASES"


class HisSettings(PaymentSettings):
    """`feeds` are tokens and passwords of polled sources, `databases` their TLS settings, both by definition id.

    `drop_dir` has one folder per `table` definition, for its files; without it no files are read.
    """

    plain_hops: ClassVar[tuple[str, ...]] = ("mllp",)

    mllp: Mllp = Mllp()
    feeds: dict[str, SecretStr] = {}
    databases: dict[str, DatabaseTls] = {}
    drop_dir: Path | None = None
    drop: Drop = Drop()
    bulk: Bulk = Bulk()

    def secret_of(self, feed: str) -> str:
        """Return the token or password of a polled source, or ""."""
        secret = self.feeds.get(feed)
        return secret.get_secret_value() if secret else ""


def _listens(settings: Settings) -> tuple[str, ...]:
    return (HisSettings.of(settings).mllp.host,)


def _open_port(settings: Settings) -> Iterator[Fault]:
    mllp = HisSettings.of(settings).mllp
    if not beyond(mllp.host):
        return
    if not mllp.ca_file and all(network.prefixlen == 0 for network in mllp.peers):
        way = 'CARELOOP_MLLP__CA_FILE (mutual TLS) or CARELOOP_MLLP__PEERS (a JSON list of networks: ["10.1.0.0/16"])'
        yield Fault(f"MLLP would listen on {mllp.host} for everybody: set {way}")
    if not mllp.cert_file:
        yield Fault(f"MLLP would listen on {mllp.host} in plain: set CARELOOP_MLLP__CERT_FILE and __KEY_FILE", "mllp")


MLLP = Use("mllp", reaches=_listens, faults=_open_port)
FEEDS = Use("feeds", ("FEEDS",))
SETTINGS = (HisSettings,)
"""The classes that are part of the settings of every process."""
