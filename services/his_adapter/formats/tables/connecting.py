"""How a hospital's database is reached: over TLS whose certificate and host name are verified.

Only one on this machine may go without, or one whose definition says `tls: none`.
"""

import ssl
from collections.abc import Iterator
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from services.his_adapter.definitions import Table
from services.his_adapter.formats.common.progress import Trouble
from services.his_adapter.settings import DatabaseTls, HisSettings
from shared.host.hops import beyond
from shared.tls import UnusableTls, client_context

TIMEOUTS = {"pg8000": {"timeout": 60}, "pymysql": {"connect_timeout": 20, "read_timeout": 120}}
TLS = {"pg8000": "ssl_context", "pymysql": "ssl"}
"""What each driver calls a context that it must use: neither goes on without TLS where it has one."""
NO_TLS = ("Server refuses SSL", 2026)
"""How each says that the server has none: PyMySQL by a number."""


def engine_of(definition: Table, settings: HisSettings) -> Engine:
    """Of a table's database; it opens a connection for each look. Raises `Trouble`."""
    url, password = make_url(definition.url), settings.secret_of(definition.id)
    demanded = _tls(definition, url, settings.databases.get(definition.id)) if url.drivername != "sqlite" else {}
    options: dict[str, Any] = {**TIMEOUTS.get(url.get_driver_name(), {}), **demanded}
    return create_engine(url.set(password=password) if password else url, poolclass=NullPool, connect_args=options)


def connect(engine: Engine) -> Connection:
    """A connection. Raises `Trouble` where TLS is what is wrong, else what the driver raises."""
    try:
        return engine.connect()
    except (SQLAlchemyError, OSError) as error:
        if sentence := _why(error):
            raise Trouble(sentence) from error
        raise


def _tls(definition: Table, url: URL, tls: DatabaseTls | None) -> dict[str, Any]:
    """What the driver is told of TLS; nothing where it may go without."""
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
    """What is wrong with TLS, as a sentence without the database's own words; "" where nothing is."""
    causes = list(_causes(error))
    if wrong := next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None):
        said = wrong.verify_message
        if "mismatch" in said:
            return (
                f"the database shows a certificate of another host ({said}): name it in `url` as its certificate does"
            )
        return f"the database's certificate is not trusted ({said}): its authority is `ca_file` in CARELOOP_DATABASES"
    if any(str(mark) in map(str, cause.args) for cause in causes for mark in NO_TLS):
        return "the database offers no TLS: turn it on there, or say `tls: none` where the network is trusted"
    refused = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    hint = "it may want a certificate of ours (`cert_file` and `key_file` in CARELOOP_DATABASES)"
    return f"TLS with the database fails ({refused.reason or 'broken off'}): {hint}" if refused else ""


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__ or error.__context__
