"""Settings of the API for operators."""

from pathlib import Path

from shared.settings import Settings
from shared.settings_group import Group


class Ops(Group):
    """`processes`: name → URL of every process of the system (a JSON object), asked for its status.

    Without it they are at `address`, where `{process}` stands for `contacts-projector`, `console` ….

    `gateway` and `signing_key_file` (PEM, Ed25519): to redrive what was refused at a door of his_adapter, which the
    message has to pass again, with a token of a minute for its sender; and to ask processes on other machines.
    """

    processes: dict[str, str] = {}
    address: str = "https://{process}:8080"
    gateway: str = "http://127.0.0.1:8800"
    signing_key_file: Path | None = None

    def url_of(self, process: str) -> str:
        """The URL of a process that `processes` does not name."""
        return self.address.replace("{process}", process)


class OpsSettings(Settings):
    """Common settings and those of the API for operators."""

    ops: Ops = Ops()


SETTINGS = (OpsSettings,)
"""The classes that are part of the settings of every process."""
