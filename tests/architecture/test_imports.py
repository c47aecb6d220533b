"""Who may import whom; each contract is also shown to fail on a seeded violation."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS = {
    "client": ("careloop_client/calling.py", "from shared import ids as _seed"),
    "independent": ("services/notify/domain.py", "from services.followup import domain as _seed"),
    "console-is-downstream": ("console/backend.py", "from shared import mongo as _seed"),
    "layers": ("services/notify/api.py", "from deploy import catalogue as _seed"),
    "pure-language": ("shared/contracts/notify.py", "from shared.bus import topics as _seed"),
    "one-driver": ("services/contacts/person_360/queries.py", "import motor as _seed"),
    "his-adapter-layers": (
        "services/his_adapter/requests/identity.py",
        "from services.his_adapter import payments as _seed",
    ),
    "contacts-layers": (
        "services/contacts/registry/standing.py",
        "from services.contacts import commands as _seed",
    ),
    "facts-know-no-format": (
        "services/his_adapter/facts/news.py",
        "from services.his_adapter.formats import hl7 as _seed",
    ),
    "who-imports-payments": (
        "services/his_adapter/replay.py",
        "from services.his_adapter.payments import state as _seed",
    ),
    "payments-alone": (
        "services/his_adapter/payments/steps.py",
        "from services.his_adapter import facts as _seed",
    ),
    "simulators-alone": ("deploy/simulators/mailbox.py", "from services.notify import state as _seed"),
    "shared-names-no-service": ("shared/ids.py", "from services.notify import state as _seed"),
}


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


def contracts() -> dict[str, str]:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    return {name.split(":")[2]: config[name]["name"] for name in config.sections() if ":" in name}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("shared", "services", "deploy", "careloop_client", "console"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_every_contract_is_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


def test_nothing_of_the_service_that_payments_stand_in_is_left_out_of_their_contract() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    named = set(config["importlinter:contract:payments-alone"]["forbidden_modules"].split())
    home = ROOT / "services/his_adapter"
    there = {entry.stem for entry in home.iterdir() if entry.suffix == ".py" or (entry / "__init__.py").exists()}
    assert {f"services.his_adapter.{name}" for name in there - {"__init__", "payments"}} == named


def test_every_contract_has_a_seed() -> None:
    assert SEEDS.keys() == contracts().keys()


@pytest.mark.parametrize("contract", SEEDS)
def test_a_seeded_violation_breaks_its_contract(tree: Path, contract: str) -> None:
    file, line = SEEDS[contract]
    path = tree / file
    path.write_text(f"{path.read_text()}\n{line}\n")
    result = lint(tree)
    output = " ".join(result.stdout.split())
    assert result.returncode == 1, output
    assert f"{contracts()[contract]} BROKEN" in output
