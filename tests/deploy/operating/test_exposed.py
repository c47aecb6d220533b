"""The guard as somebody meets it who starts something: `run`, `up` and `doctor` say the same sentences."""

import os
import stat
import subprocess
import sys
from pathlib import Path

SAYS = ["CARELOOP_KEYS__SITE is not set", "CARELOOP_SMTP__CALLBACK_SECRET", "Kafka at kafka", "without authentication"]
OPEN = {
    "CARELOOP_KAFKA__BOOTSTRAP_SERVERS": "kafka:9092",
    "CARELOOP_MONGO__URL": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50",
    "CARELOOP_HTTP_HOST": "0.0.0.0",
    "CARELOOP_KEYS__MASTER": "11" * 32,
}


def careloop(*words: str, **settings: str) -> tuple[int, str]:
    """Run a command; returns the exit code and stdout with stderr."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CARELOOP_")}
    command = [sys.executable, "-m", "deploy.cli", *words]
    result = subprocess.run(
        command, env={**clean, "COLUMNS": "4000", **settings}, capture_output=True, text=True, check=False
    )
    return result.returncode, result.stdout + result.stderr


def test_run_refuses_with_every_sentence_at_once() -> None:
    code, output = careloop("run", "notify", **OPEN)
    assert code != 0
    assert output.startswith("careloop: notify refuses to start:\n- ")
    assert [word for word in SAYS if word not in output] == []
    assert "Traceback" not in output


def test_run_of_a_role_counts_its_own_hops() -> None:
    _, output = careloop("run", "notify", "--role", "decider", **OPEN)
    assert "CARELOOP_SMTP__CALLBACK_SECRET" not in output
    assert "Kafka at kafka" in output


def test_doctor_says_the_same(tmp_path: Path) -> None:
    code, output = careloop("doctor", "--json", "--data-dir", str(tmp_path), **OPEN)
    assert code == 1
    assert [word for word in SAYS if word not in output] == []


def test_up_refuses_before_anything_runs(tmp_path: Path) -> None:
    open_ = {"CARELOOP_AUTH__JWKS_URL": "http://login.example/keys"}
    code, output = careloop("up", "--data-dir", str(tmp_path / "up"), "--kafka", "kafka:9092", **open_)
    assert code == 2
    assert "CARELOOP_AUTH__JWKS_URL is not https" in output
    assert "Kafka at kafka is reached by PLAINTEXT" in output
    assert not (tmp_path / "up" / "logs").exists()


def test_up_does_not_serve_tls_itself(tmp_path: Path) -> None:
    pair = {"CARELOOP_HTTP__CERT_FILE": "c.pem", "CARELOOP_HTTP__KEY_FILE": "k.pem"}
    code, output = careloop("up", "--data-dir", str(tmp_path / "up"), **pair)
    assert (code, "CARELOOP_HTTP__BEHIND_TLS_PROXY" in output) == (2, True)


def test_what_commands_write_is_their_users_alone(tmp_path: Path) -> None:
    careloop("up", "--data-dir", str(tmp_path / "up"), "--kafka", "kafka:9092")
    files = [tmp_path / "up", *(tmp_path / "up").iterdir()]
    assert [file for file in files if stat.S_IMODE(file.stat().st_mode) & 0o077] == []
    assert len(files) > 5


def test_the_reference_is_for_everybody(tmp_path: Path) -> None:
    careloop("contracts", "--folder", str(tmp_path / "reference"))
    assert stat.S_IMODE((tmp_path / "reference" / "asyncapi.yaml").stat().st_mode) == 0o644
