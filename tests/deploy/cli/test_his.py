"""`careloop his`: a dry run for whoever connects a hospital."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import his
from deploy.cli.context import UserError
from services.his_adapter.formats.resending import spoken_for
from tests.his_adapter.test_translate import message


def asked(*words: str) -> tuple[int, str]:
    """Run `careloop his`; returns the exit code and stdout."""
    app = typer.Typer()
    his.register(app)
    result = CliRunner().invoke(app, ["his", *words])
    if isinstance(result.exception, UserError):
        raise result.exception
    return result.exit_code, result.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in.hl7").write_text(message())
    (tmp_path / "broken.hl7").write_text(message(PID=""))
    (tmp_path / "other.txt").write_text(message("VXU^V04"))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "README.md").write_text("Files with an MSH segment")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "OUT.ADT").write_text(message("ADT^A03"))
    (tmp_path / "EMPTY.HL7").write_text("")
    return tmp_path


def test_a_corpus_is_counted_by_verdict_type_and_reason(folder: Path) -> None:
    code, printed = asked("corpus", str(folder), "--json")
    report = json.loads(printed)
    assert (code, report["files"], report["crashes"]) == (0, 5, {})
    assert report["skipped"] == ["README.md", "picture.png"]
    assert report["totals"] == {"translated": 2, "refused": 2, "not-ours": 1}
    [refused] = [row for row in report["rows"] if row["verdict"] == "refused" and row["type"]]
    assert (refused["type"], refused["messages"]) == ("ADT^A01", 1)
    assert refused["reason"].startswith("PID-3")


def test_a_message_that_crashes_the_translation_is_named_and_fails_the_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(his, "judge", lambda *given: 1 / 0)
    code, printed = asked("corpus", str(folder), "--json")
    assert (code, len(json.loads(printed)["crashes"])) == (1, 5)


def test_a_trial_shows_fields_and_events_side_by_side(folder: Path) -> None:
    code, printed = asked("try", str(folder / "in.hl7"), "--json")
    [tried] = json.loads(printed)
    assert (code, tried["verdict"], tried["type"]) == (0, "translated", "ADT^A01")
    assert tried["origins"]["PatientAdmitted.patient.name"] == ["PID-5.1", "PID-5.2"]
    code, printed = asked("try", str(folder / "in.hl7"))
    assert code == 0
    assert "PatientAdmitted" in printed
    assert "PV1-19" in printed


def test_a_site_that_nobody_defined_is_told_with_those_that_are(folder: Path) -> None:
    with pytest.raises(UserError, match="it knows default"):
        asked("corpus", str(folder), "--site", "elsewhere")


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (b'{"resourceType": "Patient"}', ("EMR",)),
        (b"\xef\xbb\xbf<ClinicalDocument/>", ("EMR",)),
        (b"MSH|^~\\&|HIS|CITY|\rPID|1", ("HIS/CITY",)),
        (b"FHS|^~\\&\rMSH|^~\\&|HIS|CITY|\rMSH|^~\\&|LIS\rMSH|^~\\&|LIS", ("HIS/CITY", "LIS")),
        (b"rubbish", ()),
    ],
)
def test_a_dead_letter_is_sent_again_in_the_name_it_came_in(raw: bytes, names: tuple[str, ...]) -> None:
    assert spoken_for(raw, "EMR") == names
