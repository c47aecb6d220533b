"""The chart's values: every role of the catalogue is among them, with what it needs and no more."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from deploy.catalogue import load_all, process_name, unstarted
from deploy.settings import AllSettings
from shared.host.run import roles_of
from tests.deploy.compose.test_file import FOR_ALL, LEAVES, ROLES, SERVICES

CHART = Path(__file__).parents[3] / "deploy" / "helm" / "careloop"
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SIZES = sorted((CHART / "sizes").glob("*.yaml"))
GROUPS = {group for service in load_all(unstarted()) for group in service.groups()}


def test_every_role_has_its_entry() -> None:
    runs = {name: (each["service"], each["role"]) for name, each in VALUES["roles"].items()}
    assert runs == {process_name(s.name, role): (s.name, role) for s in load_all(unstarted()) for role in roles_of(s)}


@pytest.mark.parametrize("name", ROLES)
def test_a_role_keeps_reaches_and_knows_what_it_does_in_compose(name: str) -> None:
    """Both are read by people; what a role needs is said once for each, and must be the same."""
    role, container = VALUES["roles"][name], SERVICES[name]
    assert role.get("disk", False) == any("/var/lib/careloop" in each for each in container["volumes"])
    assert role.get("patients", False) == ("patients" in container["networks"])
    own = {f"CARELOOP_{secret.setting}" for secret in AllSettings.all_own_secrets().values()}
    assert set(role.get("secrets", ())) == own & {*container["secrets"]} - FOR_ALL


def test_who_talks_with_other_systems_may_leave_and_nobody_else() -> None:
    """The intake is spoken to; in Compose its port needs a network that leaves."""
    assert {name for name, role in VALUES["roles"].items() if role.get("outside")} == LEAVES - {"his-adapter-intake"}


def test_what_scales_by_lag_names_groups_that_there_are() -> None:
    named = {group for role in VALUES["roles"].values() for group in role.get("groups", ())}
    assert named <= GROUPS
    assert {name for name, role in VALUES["roles"].items() if role["role"] in ("decider", "projector")} == {
        name for name, role in VALUES["roles"].items() if role.get("groups")
    }


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.stem)
def test_a_size_changes_roles_that_there_are(size: Path) -> None:
    assert set(yaml.safe_load(size.read_text())["roles"]) <= set(VALUES["roles"])


def test_the_schema_takes_the_values_and_refuses_a_name_that_is_none() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.validate(VALUES, schema)
    for wrong in (
        {"kafak": {}},
        {"hospital": {"publicUrl": "http://care.example"}},
        {"mllp": {"peers": ["everybody"]}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**VALUES, **wrong}, schema)
