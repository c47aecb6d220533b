"""Settings of what hospital systems and payment platforms are reached by, and of what they send."""

from pathlib import Path

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator

from shared.settings_group import Group


class Mllp(Group):
    """Where hospital systems connect; `site` names the mapping definition that applies.

    `cert_file` and `key_file` turn TLS on, `ca_file` asks clients for a certificate it signed (mutual TLS).
    `peers` are the networks that may connect; what is needed beyond loopback says `shared/host/exposure.py`.
    `senders` says for whom a client speaks, by the common name of its certificate (`{"his.city": ["HIS/CITY"]}`); one
    that is not in it speaks for nobody. Where it is empty anybody speaks for all.
    More than `max_connections` wait their turn unread, and so does what exceeds `max_bytes_in_flight` over all of them.
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


class Drop(Group):
    """What a file in the drop folder may be, and how long what was read is kept sealed. The folder is `drop_dir`.

    `group_writable` says that another user of its group puts the files in: the folder is then 1770, else 0700.
    Expanded bytes and entries are those of a workbook, which is a ZIP archive; it may be `max_ratio` times its size.
    Memory, CPU and wall seconds are those of the process that reads one file.
    """

    keep_days: int = Field(30, ge=1)
    group_writable: bool = False
    max_bytes: int = Field(256 << 20, ge=1)
    max_expanded_bytes: int = Field(1 << 30, ge=1)
    max_ratio: int = Field(200, ge=1)
    max_entries: int = Field(2000, ge=1)
    max_rows: int = Field(2_000_000, ge=1)
    max_columns: int = Field(1000, ge=1)
    max_cell_characters: int = Field(1 << 20, ge=1)
    max_row_bytes: int = Field(16 << 20, ge=1024)
    memory_bytes: int = Field(2 << 30, ge=1)
    cpu_seconds: int = Field(600, ge=1)
    wall_seconds: int = Field(900, ge=1)


class Bulk(Group):
    """How much an export of a FHIR server may hold, unpacked; a line that is longer is a dead letter.

    Of the errors that the server reports so many are kept as dead letters, the others only counted.
    """

    max_line_bytes: int = Field(16 << 20, ge=1024)
    max_manifest_bytes: int = Field(16 << 20, ge=1024)
    max_files: int = Field(10_000, ge=1)
    max_bytes: int = Field(1 << 40, ge=1)
    max_ratio: int = Field(200, ge=1)
    max_errors: int = Field(1000, ge=0)


class PaymentKeys(Group):
    """What signs our requests to a payment platform, what it signs with, and what opens its notifications."""

    private_key_file: Path
    platform_key_file: Path
    api_v3_key: SecretStr
