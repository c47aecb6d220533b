"""Models say what they hold: nothing is passed over where they are built, and the type checker sees every field."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from deploy.catalogue import load_all
from deploy.settings import AllSettings
from shared.contracts.base import changed, retold, stored
from shared.contracts.facts import Visit
from shared.contracts.his_adapter import AppointmentBooked, FactConfirmed
from shared.settings import Keys, Settings
from tests.architecture.test_house import CODE, ROOT

AT = datetime(2026, 3, 9, 10, tzinfo=UTC)
COPIES = {"shared/contracts/base.py"}
"""Where `changed` is written."""


def ours(model: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    """Every model of the product."""
    for each in model.__subclasses__():
        if each.__module__.partition(".")[0] in ("shared", "services", "deploy"):
            yield each
        yield from ours(each)


def calls(source: str, name: str) -> list[ast.Call]:
    """Each call of a method or function of that name."""
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [node for node in nodes if ast.unparse(node.func).rpartition(".")[2] == name]


def built_from_a_dictionary(source: str) -> list[int]:
    """Lines in which a model is validated from a dictionary that is written there."""
    made = (ast.Dict, ast.BinOp)
    return [
        call.lineno
        for call in calls(source, "model_validate")
        if any(isinstance(argument, made) for argument in call.args) or "model_dump" in ast.unparse(call)
    ]


def test_every_model_refuses_a_field_that_it_does_not_have() -> None:
    load_all(AllSettings(keys=Keys.model_validate({"master": "11" * 32, "site": "22" * 32})))
    lenient = {each for each in ours() if each.model_config.get("extra") != "forbid"}
    lenient = {each for each in lenient if not issubclass(each, Settings)}
    assert lenient == set(), "only the environment holds variables of others too"
    with pytest.raises(ValidationError, match="wrd"):
        Visit(visit_id="v", wrd="W3")


def test_what_another_version_wrote_is_read_without_what_is_unknown_here() -> None:
    visit = stored(Visit, {"visit_id": "v", "ward": "W3", "bed": "12"})
    assert visit == Visit(visit_id="v", ward="W3")


def test_a_field_that_is_not_there_cannot_be_changed() -> None:
    assert changed(Visit(visit_id="v"), ward="W3").ward == "W3"
    with pytest.raises(TypeError, match="Visit has no field wrd"):
        changed(Visit(visit_id="v"), wrd="W3")


def test_what_is_retold_loses_nothing_unsaid() -> None:
    confirmed = FactConfirmed(at=AT, patient_key="k", message_id="m", about="visit/v")
    assert retold(FactConfirmed, confirmed, leave=("message_id",), message_id="n").message_id == "n"
    with pytest.raises(ValidationError, match="about"):
        retold(AppointmentBooked, confirmed)


def test_nobody_copies_a_model_without_a_check() -> None:
    files = {str(file.relative_to(ROOT)) for file in CODE if calls(file.read_text(), "model_copy")}
    assert files == COPIES
    assert calls("case.model_copy(update={'status': 'opne'})", "model_copy")


def test_models_are_built_by_their_constructors() -> None:
    """Only what came from outside is validated from a dictionary; the type checker sees what is constructed."""
    wrong = {
        str(file.relative_to(ROOT)): lines for file in CODE if (lines := built_from_a_dictionary(file.read_text()))
    }
    assert wrong == {}
    assert built_from_a_dictionary("A.model_validate({**common, 'x': 1})\nB.model_validate(a | b)") == [1, 2]


def test_the_type_checker_knows_what_may_be_changed(tmp_path: Path) -> None:
    """Through `mypy_changed.py`, and the constructors through pydantic's own plugin."""
    checked = tmp_path / "checked.py"
    checked.write_text(
        "from shared.contracts.base import changed\n"
        "from shared.contracts.facts import Visit\n"
        "visit = Visit(visit_id='v', patient_class='inpatient')\n"
        "changed(visit, ward='W3', patient_class='outpatient')\n"
        "changed(visit, wrd='W3')\n"
        "changed(visit, patient_class='inpatien')\n"
        "Visit(visit_id='v', patient_class='inpatien')\n"
    )
    mypy = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(checked)]
    output = subprocess.run(mypy, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert [line.split(":")[1] for line in output.splitlines() if ": error:" in line] == ["5", "6", "7"], output
