"""Durations of a trace come from the end of the span file, of which only so much is read."""

import json
from pathlib import Path

import pytest

from deploy.operating import tracing
from deploy.operating.tracing import read_spans

LINES = [
    json.dumps({"trace": "0" * 32, "span": f"{number:016x}", "name": "学" * number, "ms": 1}) for number in range(40)
]
SIZE = len(LINES[0]) + 1


def ids(*numbers: int) -> set[str]:
    return {f"{number:016x}" for number in numbers}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "spans.jsonl").write_text("".join(f"{line}\n" for line in LINES) + '{"span": "00000000000000ff"')
    return tmp_path / "spans.jsonl"


@pytest.mark.parametrize("block", [1, 7, SIZE, 10_000])
def test_what_is_wanted_is_found_wherever_blocks_end(file: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(tracing, "BLOCK_BYTES", block)
    spans, left_out = read_spans(file, ids(0, 17, 39))
    assert (spans.keys(), left_out) == (ids(0, 17, 39), False)
    assert spans["0000000000000011"]["name"] == "学" * 17
    assert read_spans(file, ids(0, 255)) == ({"0" * 16: json.loads(LINES[0])}, False), "the last line is unfinished"


def test_what_stands_too_far_from_the_end_is_left_out_and_that_is_said(file: Path) -> None:
    most = sum(len(f"{line}\n".encode()) for line in LINES[30:]) + 40
    assert read_spans(file, ids(30, 39), most) == ({f"{n:016x}": json.loads(LINES[n]) for n in (30, 39)}, False)
    spans, left_out = read_spans(file, ids(3, 39), most)
    assert (spans.keys(), left_out) == (ids(39), True)


def test_no_more_is_read_than_up_to_the_last_one_that_is_wanted(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "BLOCK_BYTES", 1000)
    file.write_bytes(b'{"span": "0000000000000027" broken\n' + file.read_bytes())
    assert read_spans(file, ids(39))[0].keys() == ids(39)
    assert read_spans(file, ids()) == ({}, False)


def test_without_a_file_nothing_is_left_out(tmp_path: Path) -> None:
    assert read_spans(None, ids(1)) == ({}, False)
    assert read_spans(tmp_path / "none", ids(1)) == ({}, False)
