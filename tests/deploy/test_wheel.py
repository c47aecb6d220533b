"""The wheel has all that runs: from an empty folder, with nothing of the checkout beside it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("services", "shared", "deploy", "careloop_client", "console")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    [file] = folder.glob("*.whl")
    return file


def test_every_file_that_is_kept_in_a_package_is_in_it(wheel: Path) -> None:
    listed = subprocess.run(["git", "ls-files", *FOLDERS], cwd=ROOT, check=True, capture_output=True, text=True)
    assert set(listed.stdout.splitlines()) - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_console_renders_from_it_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    program = (
        "import console.pages, console.screens, console.texts, pathlib;"
        "from shared.clock import SharedClock;"
        "pages = console.pages.Pages(SharedClock(), 'Asia/Shanghai', 'City', console.screens.SCREENS);"
        "print(pathlib.Path(console.pages.__file__).parents[1]);"
        "print(console.texts.translations('zh').gettext('Sign in'))"
    )
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    (tmp_path / "empty").mkdir()
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path / "empty", env=env, capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.splitlines(), done.returncode) == ([str(tmp_path / "installed"), "登录"], 0), done.stderr
