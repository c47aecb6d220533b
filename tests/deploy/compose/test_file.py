"""`deploy/compose.yaml`: it has every process of the catalogue, with the secrets of its role and no rights."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.catalogue import CONSOLE, OPS, load_all, process_name, process_names, unstarted
from deploy.compose.secrets import make
from deploy.settings import AllSettings
from shared.host.run import roles_of
from shared.settings import OwnSecret

FILE = Path(__file__).parents[3] / "deploy" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if name not in ("kafka", "mongo")}
ROLES = {
    process_name(service.name, role): (service, role) for service in load_all(unstarted()) for role in roles_of(service)
}
LEAVES = {"his-adapter-api", "his-adapter-intake", "his-adapter-puller", "his-adapter-sender", "notify-sender"}
"""Who talks with systems outside: hospital systems, payment platforms, the mail relay."""
FOR_ALL = {"CARELOOP_KEYS__MASTER", "CARELOOP_KEYS__SITE", "CARELOOP_KAFKA__SASL_PASSWORD", "CARELOOP_MONGO__URL"}


def secrets_of(name: str) -> set[str]:
    """The secrets of a container, without certificates."""
    given = {each if isinstance(each, str) else each["source"] for each in SERVICES[name].get("secrets", ())}
    return {each for each in given if each.startswith("CARELOOP_") or each == "token-key.pem"}


def test_every_process_has_a_container_that_runs_it() -> None:
    once = {"database", "topics", "definitions", "story"}
    assert set(OURS) == {*process_names(), "gateway", "gateway-patients", *once}
    for name, (service, role) in ROLES.items():
        assert SERVICES[name]["command"] == ["run", service.name, "--role", role], name
    assert (SERVICES[OPS]["command"], SERVICES[CONSOLE]["command"]) == (["run", "ops"], ["console"])


@pytest.mark.parametrize("name", ROLES)
def test_a_role_gets_the_secrets_of_its_own_that_it_uses_and_no_other(name: str) -> None:
    service, role = ROLES[name]
    withheld = {field for use in service.uses_of([role]) for field in use.withheld}
    own: list[OwnSecret] = [*AllSettings.all_own_secrets().values()]
    used = {f"CARELOOP_{secret.setting}" for secret in own if secret.setting in withheld}
    assert secrets_of(name) == FOR_ALL | used


def test_console_and_gateways_have_no_key_of_the_services() -> None:
    assert secrets_of(CONSOLE) == {"CARELOOP_CONSOLE__SESSION_KEY", "CARELOOP_KAFKA__SASL_PASSWORD", "token-key.pem"}
    assert secrets_of("gateway") == secrets_of("gateway-patients") == set()


@pytest.mark.parametrize("name", OURS)
def test_no_container_has_a_right_or_a_root_that_it_writes(name: str) -> None:
    container = SERVICES[name]
    assert (container["read_only"], container["cap_drop"]) == (True, ["ALL"])
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in container
    assert container["image"] == "${CARELOOP_IMAGE:-careloop:dev}"


def test_what_patients_reach_reaches_three_services_and_neither_log_nor_database() -> None:
    beside = {name for name, each in SERVICES.items() if "patients" in each.get("networks", ())}
    assert beside == {"gateway-patients", "followup-api", "notify-api", "his-adapter-api", "story"}
    assert SERVICES["gateway-patients"]["networks"] == ["patients", "outside"]
    assert COMPOSE["networks"]["patients"] == COMPOSE["networks"]["inside"] == {"internal": True}


def test_who_talks_with_nobody_outside_cannot_leave() -> None:
    leaving = {name for name, each in SERVICES.items() if "outside" in each.get("networks", ())}
    assert leaving == {*LEAVES, "gateway", "gateway-patients"}


def test_state_on_disk_outlives_its_container() -> None:
    """Tables of timers, and access events that wait for Kafka."""
    kept = {name for name in ROLES if any("/var/lib/careloop" in each for each in SERVICES[name]["volumes"])}
    assert kept == {name for name, (_, role) in ROLES.items() if role in ("api", "intake", "processor")}


def test_every_secret_that_is_named_is_made(tmp_path: Path) -> None:
    made = set(make(tmp_path))
    assert set(COMPOSE["secrets"]) <= made
    given = [each for service in SERVICES.values() for each in service.get("secrets", ())]
    assert {each["source"] if isinstance(each, dict) else each for each in given} == set(COMPOSE["secrets"])
