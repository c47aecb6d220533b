"""What docs/reference/asvs.md says of each requirement can be followed to a test or a file that is there."""

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from deploy.reference.asvs import Requirement, asvs_page, levels, requirements

ROOT = Path(__file__).parents[2]
ALL = list(requirements())


@cache
def functions(file: str) -> frozenset[str]:
    """The test functions of a file, those of its classes too."""
    tree = ast.parse((ROOT / file).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def wrong_with(row: Requirement) -> list[str]:
    """What of a row leads nowhere."""
    if row.verdict == "tested":
        parted = [each.partition("::") for each in row.where]
        return [
            f"{row.id}: {file}::{name}"
            for file, _, name in parted
            if not (file.startswith("tests/") and (ROOT / file).is_file())
            or not name.startswith("test_")
            or name not in functions(file)
        ]
    return [f"{row.id}: {each}" for each in row.where if not (ROOT / each).exists()]


def test_every_requirement_of_levels_1_and_2_has_exactly_one_row() -> None:
    times = Counter(row.id for row in ALL)
    assert [id for id, count in times.items() if count > 1] == []
    assert times.keys() == levels().keys()
    assert Counter(levels().values()) == {1: 70, 2: 183}


def test_every_test_and_every_file_that_a_row_names_is_there() -> None:
    assert [wrong for row in ALL for wrong in wrong_with(row)] == []


def test_a_row_that_leads_nowhere_is_noticed() -> None:
    here = "tests/architecture/test_asvs.py"
    for where in (f"{here}::test_nothing", f"{here}::wrong_with", f"{here[:-3]}s.py::test_a", here):
        assert wrong_with(Requirement("V0.0.0", "", "", "tested", (where,)))
    assert wrong_with(Requirement("V0.0.0", "", "", "by design", ("shared/nothing.py",), "because"))


def test_every_row_says_what_it_asks_and_what_is_so_or_remains() -> None:
    for row in ALL:
        assert row.asks, row.id
        assert (bool(row.where), bool(row.why)) in {
            "tested": ((True, True), (True, False)),
            "by design": ((True, True),),
            "remains": ((False, True),),
            "not ours": ((False, True),),
        }[row.verdict], row.id
        assert "|" not in f"{row.asks}{row.why}", row.id


@pytest.mark.parametrize("row", ['asks = "x"', 'asks = "x"\nremains = "a"\nnot_ours = "b"'])
def test_a_row_without_one_verdict_is_refused(row: str, tmp_path: Path) -> None:
    (tmp_path / "levels.csv").write_text("# whose\nV1.1.1,2\n")
    (tmp_path / "v01.toml").write_text(f'chapter = "V1"\n["V1.1.1"]\n{row}\n')
    with pytest.raises(ValueError, match=r"V1\.1\.1 needs one of"):
        asvs_page(tmp_path)
