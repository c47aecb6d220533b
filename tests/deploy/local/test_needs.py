"""Each child of `up` gets what it needs: no secret of another, nothing else of whoever started it."""

import json
import re
from pathlib import Path

import pytest

from deploy.catalogue import SERVICE_NAMES, load, unstarted, uses
from deploy.local.needs import of_roles, ordinary
from deploy.local.options import SECRETS, Options, environment, load_secrets, settings_from
from services.his_adapter.payments.settings import ACCOUNTS
from shared.host.run import roles_of
from shared.links import SIGNED_LINKS

ROOT = Path(__file__).parents[3]
THEIRS = {"AWS_SECRET_ACCESS_KEY": "theirs", "SSH_AUTH_SOCK": "theirs", "MY_TOKEN": "theirs", "LC_ALL": "C.UTF-8"}
MORE = {
    "CARELOOP_SMTP__PASSWORD": "mail",
    "CARELOOP_FEEDS": '{"main": "feed"}',
    "CARELOOP_HTTP__BEHIND_TLS_PROXY": "true",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
}


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment of the launcher, whose secrets are recognisable words."""
    for name, value in {**THEIRS, **MORE}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "secrets.json").write_text(json.dumps({name: f"the-{name}" * 4 for name in SECRETS}))
    secrets = load_secrets(tmp_path) | {
        "former_links": ["the-former-link"],
        "former_callbacks": ["the-former-callback"],
    }
    return environment(Options(data_dir=tmp_path), secrets)


def secrets_in(env: dict[str, str]) -> set[str]:
    """The names of the secrets whose values stand in this environment."""
    text = "\n".join(env.values())
    words = {name: f"the-{name}" for name in (*SECRETS, "former-link", "former-callback")} | {"mail": "mail"}
    words |= {"feed": '{"main": "feed"}', "theirs": "theirs"}
    return {name for name, word in words.items() if word in text}


ALL = {"master", "site"}
LINK, CALLBACK = {"link", "former-link"}, {"callback", "former-callback"}


@pytest.mark.parametrize(
    ("service", "role", "more"),
    [
        ("contacts", "api", set()),
        ("complaints", "api", set()),
        ("followup", "api", LINK),
        ("followup", "decider", set()),
        ("notify", "api", CALLBACK),
        ("notify", "sender", LINK | {"mail"}),
        ("notify", "projector", set()),
        ("his_adapter", "api", {"payments"}),
        ("his_adapter", "sender", {"payments"}),
        ("his_adapter", "puller", {"payments", "feed"}),
        ("his_adapter", "decider", set()),
    ],
)
def test_a_role_gets_its_own_secrets_alone(env: dict[str, str], service: str, role: str, more: set[str]) -> None:
    given = of_roles(env, load(service, unstarted()).uses_of([role]))
    assert secrets_in(given) == ALL | more
    assert given["CARELOOP_KAFKA__BOOTSTRAP_SERVERS"] == env["CARELOOP_KAFKA__BOOTSTRAP_SERVERS"]
    assert given["OTEL_EXPORTER_OTLP_ENDPOINT"]
    assert not [name for name in given if name.startswith("CARELOOP_HTTP__")]


def test_a_broker_or_a_database_gets_none(env: dict[str, str]) -> None:
    given = ordinary(env)
    assert secrets_in(given) == set()
    assert given["LC_ALL"] == "C.UTF-8"
    assert not [name for name in given if name.startswith(("CARELOOP_", "OTEL_"))]


def test_a_secret_within_the_json_of_its_group_is_taken_out_of_it() -> None:
    group = {"CARELOOP_AUTH": '{"issuer": "ours", "Link_Secret": "the-link"}', "careloop_payments__x__api_v3_key": "k"}
    assert of_roles(group, ()) == {"CARELOOP_AUTH": '{"issuer": "ours"}'}
    assert of_roles(group, (SIGNED_LINKS, ACCOUNTS)) == {
        **group,
        "CARELOOP_AUTH": json.dumps(json.loads(group["CARELOOP_AUTH"])),
    }


READ = {
    "links": r"auth\.links|SignedLink\(",
    "callbacks": r"settings\)\.smtp\.callbacks",
    "smtp": r"settings\)\.smtp,",
    "endpoints": r"RequestSettings\.of\(self\._deps\.settings\)\.endpoints",
    "platforms": r"PaymentSettings\.of\(self\._deps\.settings\)\.endpoints",
    "payments": r"settings\)\.payments\.get",
    "feeds": r"\.secret_of\(",
}
"""How the code of a service reads what is withheld from others."""


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_a_service_declares_what_its_code_reads(service: str) -> None:
    code = "".join(file.read_text() for file in (ROOT / "services" / service).rglob("*.py"))
    built = load(service, unstarted())
    assert READ.keys() == {use.name for use in uses() if use.withheld}
    declared = {use.name for use in built.uses_of(built.uses) if use.withheld}
    assert {use for use, words in READ.items() if re.search(words, code)} == declared


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_what_is_left_are_settings_that_are_accepted(env: dict[str, str], service: str) -> None:
    built = load(service, unstarted())
    for role in roles_of(built):
        its = built.uses_of([role])
        settings = settings_from(of_roles(env, its))
        assert (settings.auth.link_secret.get_secret_value() != "") == (SIGNED_LINKS in its)
