"""Which broker and database a machine can run, and the one sentence where it can run none."""

import socket
import sys
from pathlib import Path

import pytest

from deploy.local import embedded
from deploy.local.embedded import CannotStart, broker_command, database_command, require_free, require_local


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(embedded, "wheel_file", lambda *path: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    return tmp_path


def test_without_a_binary_one_sentence_tells_the_ways_out(nothing_installed: Path) -> None:
    with pytest.raises(CannotStart, match=r"--mongo URL.*--extra secantus"):
        database_command(1, nothing_installed / "data")
    with pytest.raises(CannotStart, match="--kafka HOST:PORT"):
        broker_command(1, "run")


def test_without_the_extra_local_a_start_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    require_local()
    monkeypatch.setattr(embedded, "LOCAL", ("aiosmtpd", "not_here"))
    with pytest.raises(CannotStart, match=r"^not_here is not installed: .*careloop\[local\]"):
        require_local()


def test_secantus_is_taken_where_it_alone_is_installed(nothing_installed: Path) -> None:
    (nothing_installed / "secantusd-py").touch()
    command = database_command(27117, nothing_installed / "data")
    assert command[0].endswith("secantusd-py")
    assert command[-2:] == ["--storage-path", str(nothing_installed / "data")]


def test_a_port_in_use_is_named_with_its_option() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CannotStart, match=rf"port {taken.getsockname()[1]} for mail is in use.*--smtp-port"):
            require_free(taken.getsockname()[1], "mail", "--smtp-port")
