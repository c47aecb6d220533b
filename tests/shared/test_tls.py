"""Given settings of a connection that do not fit together, then the process names the setting and what to do."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from deploy.authority import Authority, Issued
from services.his_adapter.pulling.settings import DatabaseTls
from shared.bus.clients import connection
from shared.processor.app import credentials
from shared.settings import Settings
from shared.settings_kafka import Kafka
from shared.tls import UnusableTls, client_context

LOGIN = {"sasl_username": "careloop", "sasl_password": "secret-word"}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


@pytest.fixture
def pair(authority: Authority) -> Issued:
    return authority.issue("client", "opens-it")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"security_protocol": "SASL_SSL"}, "SASL_SSL needs both CARELOOP_KAFKA__SASL_USERNAME and"),
        ({"security_protocol": "SASL_PLAINTEXT", "sasl_username": "careloop"}, "and CARELOOP_KAFKA__SASL_PASSWORD"),
        ({"security_protocol": "SSL", **LOGIN}, "SSL uses no password: set it to SASL_SSL"),
        (LOGIN, "PLAINTEXT uses no password: set it to SASL_SSL, or unset CARELOOP_KAFKA__SASL_USERNAME"),
        ({"ca_file": __file__}, "PLAINTEXT is no TLS: set it to SSL or SASL_SSL, or unset CARELOOP_KAFKA__CA_FILE"),
        ({"security_protocol": "SSL", "cert_file": __file__}, "CARELOOP_KAFKA__KEY_FILE belong together"),
        ({"security_protocol": "SSL", "key_file": __file__}, "CARELOOP_KAFKA__CERT_FILE and"),
        ({"security_protocol": "SSL", "ca_file": "gone.pem"}, "CARELOOP_KAFKA__CA_FILE names gone.pem: there is no"),
    ],
)
def test_half_a_setting_is_refused_with_its_name_and_what_to_do(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        Settings(kafka=settings)  # type: ignore[arg-type]
    assert "secret-word" not in str(refused.value)


def test_a_broker_without_security_is_reached_as_before() -> None:
    plain = Kafka(ca_file="", cert_file="", key_file="")  # type: ignore[arg-type]
    how = connection(plain)
    assert (how["security_protocol"], how["ssl_context"], credentials(plain)) == ("PLAINTEXT", None, None)


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL", "SSL"])
def test_faust_shows_the_broker_what_every_other_client_shows(protocol: Any, authority: Authority) -> None:
    login: dict[str, Any] = {"sasl_mechanism": "SCRAM-SHA-512", **LOGIN} if protocol.startswith("SASL") else {}
    tls: dict[str, Any] = {"ca_file": authority.file} if protocol.endswith("SSL") else {}
    kafka = Kafka(security_protocol=protocol, **login, **tls)
    ours, shown = connection(kafka), credentials(kafka)
    assert shown is not None
    assert shown.protocol.value == protocol == ours["security_protocol"]
    context = shown.context if protocol == "SSL" else shown.ssl_context  # type: ignore[union-attr]
    assert [bool(context), bool(context and context.check_hostname)] == [bool(tls)] * 2
    if login:
        login_shown = (shown.username, shown.password, shown.mechanism.value)  # type: ignore[union-attr]
        assert login_shown == ("careloop", "secret-word", "SCRAM-SHA-512")


def test_a_key_behind_a_password_is_opened_with_it(authority: Authority, pair: Issued) -> None:
    files = {"ca_file": authority.file, "cert_file": pair.cert, "key_file": pair.key}
    client_context(DatabaseTls(**files, key_password="opens-it"))
    for wrong in ({}, {"key_password": "another-word"}):
        with pytest.raises(
            UnusableTls, match="are no pair in PEM that `key_password` in CARELOOP_DATABASES opens"
        ) as raised:
            client_context(DatabaseTls(**files, **wrong))
        assert "another-word" not in str(raised.value)


def test_a_file_that_is_no_certificate_is_named_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    with pytest.raises(UnusableTls, match=r"CARELOOP_KAFKA__CA_FILE: \S+ca.pem holds no certificates in PEM"):
        connection(Kafka(security_protocol="SSL", ca_file=tmp_path / "ca.pem"))
