"""Each service declares its own settings; a process reads them all, under the names they always had."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from deploy.catalogue import load_all, unstarted
from deploy.local.options import settings_from
from deploy.settings import AllSettings
from services.notify.settings import NotifySettings
from shared.settings import Keys, Settings
from shared.settings_kafka import Kafka
from tests.support.workers import environment

NAMES = {
    "CARELOOP_SMTP__HOST": ("relay.example", lambda s: s.smtp.host),
    "CARELOOP_MLLP__SITE": ("north", lambda s: s.mllp.site),
    "CARELOOP_FEEDS": ('{"main": "t"}', lambda s: s.secret_of("main")),
    "CARELOOP_DATABASES": ('{"stays": {}}', lambda s: list(s.databases)),
    "CARELOOP_ENDPOINTS": ('{"his": "mllp://h:1"}', lambda s: s.endpoints["his"]),
    "CARELOOP_PAYMENTS__WECHAT__API_V3_KEY": ("k", lambda s: s.payments["wechat"].api_v3_key.get_secret_value()),
    "CARELOOP_PAYMENTS__WECHAT__PRIVATE_KEY_FILE": ("p", lambda s: str(s.payments["wechat"].private_key_file)),
    "CARELOOP_PAYMENTS__WECHAT__PLATFORM_KEY_FILE": ("q", lambda s: str(s.payments["wechat"].platform_key_file)),
    "CARELOOP_DROP_DIR": ("/drop", lambda s: str(s.drop_dir)),
    "CARELOOP_DROP__KEEP_DAYS": ("7", lambda s: s.drop.keep_days),
    "CARELOOP_BULK__MAX_FILES": ("8", lambda s: s.bulk.max_files),
    "CARELOOP_ALLOW_PLAIN": ('["kafka", "mongo", "smtp", "mllp", "endpoints"]', lambda s: list(s.allow_plain)),
}


def test_settings_of_a_service_have_the_names_they_had_before_they_were_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, (value, _) in NAMES.items():
        monkeypatch.setenv(name, value)
    settings = AllSettings()
    assert {name: read(settings) for name, (_, read) in NAMES.items()} == {
        **{name: value for name, (value, _) in NAMES.items()},
        "CARELOOP_FEEDS": "t",
        "CARELOOP_DATABASES": ["stays"],
        "CARELOOP_ENDPOINTS": "mllp://h:1",
        "CARELOOP_DROP__KEEP_DAYS": 7,
        "CARELOOP_BULK__MAX_FILES": 8,
        "CARELOOP_ALLOW_PLAIN": ["kafka", "mongo", "smtp", "mllp", "endpoints"],
    }


def declared(kind: type[Settings] = Settings) -> set[type[Settings]]:
    """Every class of settings that a service declares."""
    kinds = {each for each in kind.__subclasses__() if each.__module__.startswith("services.")}
    return kinds.union(*(declared(each) for each in kinds))


def test_a_process_reads_the_settings_of_every_service() -> None:
    assert load_all(unstarted())
    assert declared() <= set(AllSettings.__mro__)


def test_settings_that_were_read_without_those_of_a_service_are_refused_with_a_sentence() -> None:
    with pytest.raises(TypeError, match="read without those of NotifySettings"):
        NotifySettings.of(Settings())


def test_every_secret_of_our_own_is_kept_in_settings_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    own = AllSettings.all_own_secrets()
    assert list(own) == ["master", "site", "link", "callback"]
    for secret in own.values():
        monkeypatch.setenv(f"CARELOOP_{secret.setting}", secret.fresh())
        if secret.former:
            monkeypatch.setenv(f"CARELOOP_{secret.former}", json.dumps([secret.fresh()]))
    settings = AllSettings()
    assert [len(kept.former) for kept in (settings.auth.links, settings.smtp.callbacks)] == [1, 1]  # type: ignore[attr-defined]
    assert {len(key) for key in (settings.keys.site_key, settings.keys.master_key)} == {32}


def test_settings_reach_a_process_of_a_test_as_they_are(tmp_path: Path) -> None:
    keys = Keys(master="11" * 32, former_masters=("33" * 32,))
    more = {"endpoints": {"his": "mllp://h:1"}, "mllp": {"port": 7, "peers": ["10.0.0.0/8"]}}
    settings = AllSettings(keys=keys, kafka=Kafka(transactions=True), data_dir=tmp_path, allow_plain=("kafka",), **more)
    assert settings_from(environment(settings)) == settings


def test_secrets_come_from_files_of_their_names_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    version = tmp_path / "..2026_11_28"  # Kubernetes links each file to the present version of its secret
    version.mkdir()
    (tmp_path / "..data").symlink_to(version.name)
    written = {
        "CARELOOP_KEYS__MASTER": "11" * 32 + "\n",
        "CARELOOP_KEYS__SITE": "22" * 32,
        "CARELOOP_AUTH__FORMER_LINK_SECRETS": '["a", "b"]\n',
        "CARELOOP_KAFKA__SASL_PASSWORD": "p=w",
        "CARELOOP_PAYMENTS__WECHAT__API_V3_KEY": "k",
    }
    for name, value in written.items():
        (version / name).write_text(value)
        (tmp_path / name).symlink_to(f"..data/{name}")
    monkeypatch.setenv("CARELOOP_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CARELOOP_KEYS__SITE", "33" * 32)
    for name in ("KAFKA__SASL_USERNAME", "PAYMENTS__WECHAT__PRIVATE_KEY_FILE", "PAYMENTS__WECHAT__PLATFORM_KEY_FILE"):
        monkeypatch.setenv(f"CARELOOP_{name}", "given")
    monkeypatch.setenv("CARELOOP_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    settings = AllSettings()
    assert (settings.keys.master_key, settings.keys.site_key) == (b"\x11" * 32, b"\x33" * 32)
    assert settings.auth.links.former == ("a", "b")
    assert (settings.kafka.sasl_password or SecretStr("")).get_secret_value() == "p=w"
    assert settings.payments["wechat"].api_v3_key.get_secret_value() == "k"  # type: ignore[attr-defined]


def test_a_secret_that_no_group_has_is_named_and_not_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "CARELOOP_KEYS__MASTR").write_text("tell-nobody")
    monkeypatch.setenv("CARELOOP_SECRETS_DIR", str(tmp_path))
    with pytest.raises(ValidationError, match=r"keys\.mastr") as refused:
        AllSettings()
    assert "tell-nobody" not in str(refused.value)


def test_without_a_folder_of_secrets_there_are_the_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARELOOP_SECRETS_DIR", str(tmp_path / "missing"))
    assert AllSettings().keys == Keys()
