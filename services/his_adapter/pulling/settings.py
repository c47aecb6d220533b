"""Settings of polled sources: tokens and passwords, TLS of databases, the drop folder."""

from pathlib import Path

from pydantic import SecretStr

from services.his_adapter.formats.tables.limits import Drop
from shared.settings import Settings
from shared.settings_kafka import ClientTls
from shared.uses import Use


class DatabaseTls(ClientTls):
    """TLS of the connection to a hospital's database."""

    @staticmethod
    def setting(field: str) -> str:
        """Return the name of the setting of a field, for error messages."""
        return f"`{field}` in CARELOOP_DATABASES"


class PullSettings(Settings):
    """`feeds` are tokens and passwords of polled sources, `databases` their TLS settings, both by definition id.

    `drop_dir` has one folder per `table` definition, for its files; without it no files are read.
    """

    feeds: dict[str, SecretStr] = {}
    databases: dict[str, DatabaseTls] = {}
    drop_dir: Path | None = None
    drop: Drop = Drop()

    def secret_of(self, feed: str) -> str:
        """Return the token or password of a polled source, or ""."""
        secret = self.feeds.get(feed)
        return secret.get_secret_value() if secret else ""


FEEDS = Use("feeds", ("FEEDS",))
