"""Secrets for containers: made once, one file a setting, certificates for every name that is asked."""

import stat
from pathlib import Path

import pytest
from cryptography import x509
from pydantic import SecretStr

from deploy.catalogue import process_names
from deploy.compose.secrets import make
from deploy.settings import AllSettings


def test_what_is_there_is_never_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = make(folder)
    contents = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert set(contents) == set(first)
    assert make(folder) == []
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == contents


def test_a_certificate_that_was_taken_away_is_signed_again_by_the_same_authority(tmp_path: Path) -> None:
    make(tmp_path)
    authority = (tmp_path / "authority.pem").read_bytes()
    (tmp_path / "gateway.pem").unlink()
    assert make(tmp_path, ["10.1.2.3", "crm.hospital.example"]) == ["gateway.pem"]
    assert (tmp_path / "authority.pem").read_bytes() == authority
    certificate = x509.load_pem_x509_certificate((tmp_path / "gateway.pem").read_bytes())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    assert {"10.1.2.3", "crm.hospital.example", "gateway", "gateway-patients", "localhost"} <= names(certificate)


def names(certificate: x509.Certificate) -> set[str]:
    hosts = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(host.value) for host in hosts}


def test_every_process_answers_under_its_name(tmp_path: Path) -> None:
    make(tmp_path)
    services = x509.load_pem_x509_certificate((tmp_path / "services.pem").read_bytes())
    assert set(process_names()) <= names(services)
    assert "mongo" in names(x509.load_pem_x509_certificate((tmp_path / "mongo.pem").read_bytes()))


def test_nobody_else_on_the_host_reads_them_and_containers_do(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    make(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert {name for name, mode in modes.items() if mode != 0o644} == {"authority.key"}
    assert modes["authority.key"] == 0o600


def test_a_role_finds_them_as_its_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    make(tmp_path)
    monkeypatch.setenv("CARELOOP_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CARELOOP_KAFKA__SASL_USERNAME", "careloop")
    monkeypatch.setenv("CARELOOP_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    settings = AllSettings()
    assert (len(settings.keys.master_key), len(settings.keys.site_key)) == (32, 32)
    password = (settings.kafka.sasl_password or SecretStr("")).get_secret_value()
    assert f'user_careloop="{password}"' in (tmp_path / "kafka.properties").read_text()
    assert settings.mongo.url.startswith("mongodb://careloop:")
