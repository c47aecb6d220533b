"""Given a hospital's database, then no row and no password travels without TLS, unless the definition says so."""

import gc
import ssl
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from deploy.authority import Authority
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.pulling.progress import Trouble
from services.his_adapter.pulling.settings import DatabaseTls
from services.his_adapter.pulling.sources import error_text
from services.his_adapter.pulling.tables.connecting import _tls, connect, engine_of
from services.his_adapter.settings import HisSettings
from tests.support.databases import database, missing
from tests.support.mysql import mysql

PATIENTS: Any = {"id": "t", "version": 1, "rows": "patients", "columns": {"number": "no"}}


def at(url: str, tls: str = "") -> Table:
    """A view in the database at `url`."""
    return Table(**PATIENTS, url=url, view="v", watermark="seq", tls=tls)


def demanded(url: str, tls: str = "", files: DatabaseTls | None = None) -> dict[str, Any]:
    return _tls(at(url, tls), make_url(url), files)


def settings(**files: Any) -> HisSettings:
    return HisSettings(feeds={"t": SecretStr("tell-nobody")}, databases={"t": DatabaseTls(**files)} if files else {})


@pytest.fixture(autouse=True)
def sockets_that_drivers_leave() -> Iterator[None]:
    """Collect the sockets of refused TLS handshakes: drivers leave them open, and another test would be warned."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "authority")


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("others"), "others")


@pytest.mark.parametrize("driver", ["postgresql+pg8000", "mysql+pymysql"])
def test_tls_is_demanded_beyond_this_machine_unless_the_definition_says_none(driver: str) -> None:
    for far in (f"{driver}://u@his-db/his", f"{driver}://u@/his?host=his-db", f"{driver}://u@10.0.0.7/his"):
        [context] = demanded(far).values()
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert demanded(far, "none") == {}
    near = f"{driver}://u@127.0.0.1/his"
    assert demanded(near) == {}
    assert demanded(near, "verified")
    assert demanded(near, files=DatabaseTls())


def test_a_driver_that_cannot_be_held_to_tls_is_refused() -> None:
    with pytest.raises(Trouble, match="TLS is not demanded of pyodbc: use pg8000 or pymysql, or say `tls: none`"):
        demanded("mssql+pyodbc://u@his-db/his")
    with pytest.raises(Trouble, match="say it in CARELOOP_DATABASES"):
        demanded("mysql+pymysql://u@his-db/his?ssl_ca=/ca.pem")


@pytest.fixture(scope="module")
async def postgresql(authority: Authority) -> AsyncIterator[str]:
    if reason := missing("postgresql"):
        pytest.skip(reason)
    async with database("postgresql", (authority.file, authority.issue("database"))) as url:
        yield url


@pytest.mark.wiring
def test_rows_come_over_tls_from_whom_we_trust_and_who_trusts_us(
    postgresql: str, authority: Authority, others: Authority
) -> None:
    ours, strangers = authority.issue("careloop"), others.issue("stranger")
    mine = {"ca_file": authority.file, "cert_file": ours.cert, "key_file": ours.key}
    with connect(engine_of(at(postgresql), settings(**mine))) as connection:
        row = connection.execute(text("select ssl, client_dn from pg_stat_ssl where pid = pg_backend_pid()")).one()
    assert tuple(row) == (True, "/CN=careloop/O=CareLoop")
    with pytest.raises(Trouble, match=r"not trusted .*`ca_file` in CARELOOP_DATABASES"):
        connect(engine_of(at(postgresql), settings(**{**mine, "ca_file": others.file})))
    with pytest.raises(Trouble, match="certificate of another host"):
        connect(engine_of(at(postgresql.replace("127.0.0.1", "localhost")), settings(**mine)))
    with pytest.raises((Trouble, SQLAlchemyError)) as raised:
        connect(engine_of(at(postgresql), settings(ca_file=authority.file)))
    assert "28000" in error_text(raised.value), "the database's own word for no certificate"
    with pytest.raises(Trouble, match=r"TLS with the database fails.*`cert_file` and `key_file` in CARELOOP_DATABASES"):
        connect(engine_of(at(postgresql), settings(**{**mine, "cert_file": strangers.cert, "key_file": strangers.key})))


@pytest.mark.wiring
async def test_a_postgresql_without_tls_hears_no_password() -> None:
    if reason := missing("postgresql"):
        pytest.skip(reason)
    async with database("postgresql") as url:
        with pytest.raises(Trouble, match="offers no TLS: turn it on there, or say `tls: none`"):
            connect(engine_of(at(url, "verified"), settings()))
        connect(engine_of(at(url, "none"), settings())).close()


def looked(port: int, **files: Any) -> str:
    """Connect to the MySQL at this port; returns the words of the error."""
    engine = engine_of(at(f"mysql+pymysql://u@127.0.0.1:{port}/his", "verified"), settings(**files))
    with pytest.raises((Trouble, OperationalError)) as raised:
        connect(engine)
    return error_text(raised.value)


def serving(authority: Authority) -> ssl.SSLContext:
    """The TLS context of a database that asks clients for a certificate."""
    pair, context = authority.issue("mysql"), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority.file)
    context.load_cert_chain(pair.cert, pair.key)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_a_mysql_hears_who_we_are_only_within_tls(authority: Authority, others: Authority) -> None:
    ours = authority.issue("careloop")
    mine = {"ca_file": authority.file, "cert_file": ours.cert, "key_file": ours.key}
    with mysql(serving(authority)) as greeter:
        assert looked(greeter.port, **mine) == "OperationalError 1045"
        assert (len(greeter.clear[0]), greeter.sealed[0][32:34]) == (32, b"u\0"), (
            "the request for TLS, then the user within"
        )
        assert "`ca_file` in CARELOOP_DATABASES" in looked(greeter.port, **{**mine, "ca_file": others.file})
        without = looked(greeter.port, ca_file=authority.file)
        assert "`cert_file` and `key_file`" in without or without == "OperationalError 2013", (
            "a reset may overtake the alert"
        )
        assert len(greeter.sealed) == 1
    with mysql(None) as greeter:
        assert "offers no TLS" in looked(greeter.port, **mine)
        assert greeter.clear == []
