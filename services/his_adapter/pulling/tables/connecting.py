"""Connect to a hospital's database over TLS with a verified certificate and host name.

TLS is optional only for a database on this machine or with `tls: none` in its definition.
"""

import ssl
from collections.abc import Iterator
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.pulling.progress import Trouble
from services.his_adapter.pulling.settings import DatabaseTls, PullSettings
from shared.host.hops import beyond
from shared.tls import UnusableTls, client_context

TIMEOUTS = {"pg8000": {"timeout": 60}, "pymysql": {"connect_timeout": 20, "read_timeout": 120}}
TLS = {"pg8000": "ssl_context", "pymysql": "ssl"}
"""Driver argument for the TLS context; with it, the drivers refuse to connect without TLS."""
NO_TLS = ("Server refuses SSL", 2026)
"""Error text or number of a driver if the server does not support TLS."""


def engine_of(definition: Table, settings: PullSettings) -> Engine:
    """Return the engine for a table's database, without a connection pool. Raises `Trouble`."""
    url, password = make_url(definition.url), settings.secret_of(definition.id)
    tls_arguments = _tls(definition, url, settings.databases.get(definition.id)) if url.drivername != "sqlite" else {}
    options: dict[str, Any] = {**TIMEOUTS.get(url.get_driver_name(), {}), **tls_arguments}
    return create_engine(url.set(password=password) if password else url, poolclass=NullPool, connect_args=options)


def connect(engine: Engine) -> Connection:
    """Open a connection. Raises `Trouble` for TLS errors, else the driver's error."""
    try:
        return engine.connect()
    except (SQLAlchemyError, OSError) as error:
        if sentence := _why(error):
            raise Trouble(sentence) from error
        raise


def _tls(definition: Table, url: URL, tls: DatabaseTls | None) -> dict[str, Any]:
    """Return the driver's TLS arguments; {} if TLS is optional. Raises `Trouble`."""
    host = url.query.get("host", url.host)
    local = not host or (isinstance(host, str) and not beyond(host))
    if definition.tls == "none" or (local and not definition.tls and tls is None):
        return {}
    if any(name.startswith("ssl") for name in url.query):
        raise Trouble(f'`url` speaks of TLS: say it in CARELOOP_DATABASES, {{"{definition.id}": {{"ca_file": …}}}}')
    if (driver := url.get_driver_name()) not in TLS:
        raise Trouble(f"TLS is not demanded of {driver}: use {' or '.join(TLS)}, or say `tls: none`")
    try:
        return {TLS[driver]: client_context(tls or DatabaseTls())}
    except UnusableTls as error:
        raise Trouble(str(error)) from error


def _why(error: BaseException) -> str:
    """Describe a TLS error without texts of the database; "" if the error has another cause."""
    causes = list(_causes(error))
    if invalid := next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None):
        why = invalid.verify_message
        if "mismatch" in why:
            return f"the database shows a certificate of another host ({why}): name it in `url` as its certificate does"
        return f"the database's certificate is not trusted ({why}): its authority is `ca_file` in CARELOOP_DATABASES"
    if any(str(mark) in map(str, cause.args) for cause in causes for mark in NO_TLS):
        return "the database offers no TLS: turn it on there, or say `tls: none` where the network is trusted"
    tls_error = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    hint = "it may want a certificate of ours (`cert_file` and `key_file` in CARELOOP_DATABASES)"
    return f"TLS with the database fails ({tls_error.reason or 'broken off'}): {hint}" if tls_error else ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__
