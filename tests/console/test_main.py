"""`python -m console`: the console's process without what the command line needs."""

import os
import subprocess
import sys

import pytest


def run(*code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("CARELOOP_")} | variables
    return subprocess.run([sys.executable, *code], env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({}, "CARELOOP_CONSOLE__SIGNING_KEY_FILE is not set"),
        ({"CARELOOP_CONSOLE__SIGNING_KEY_FILE": "key.pem"}, "CARELOOP_CONSOLE__SESSION_KEY has 0 bytes, it needs 32"),
        ({"CARELOOP_CONSOLE__IDLE_MINUTES": "0"}, "idle_minutes"),
    ],
)
def test_a_setting_that_is_missing_is_one_sentence(variables: dict[str, str], sentence: str) -> None:
    ended = run("-m", "console", **variables)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert sentence in ended.stderr


def test_it_holds_neither_the_database_nor_the_tools_of_operators() -> None:
    heavy = ("deploy", "services", "motor", "pymongo", "typer", "xlsxwriter")
    code = f"import sys, console.__main__; print([name for name in {heavy} if name in sys.modules])"
    assert run("-c", code).stdout.strip() == "[]"
