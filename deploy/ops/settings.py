"""Settings of the API for operators."""

from pathlib import Path

from deploy.addresses import Addresses
from shared.settings import Settings


class Ops(Addresses):
    """`processes`: name → URL of every process of the system (a JSON object), asked for its status.

    Without it they are at `address`.

    `gateway` and `signing_key_file` (PEM, Ed25519): to redrive what was refused at a door of his_adapter, which the
    message has to pass again, with a token of a minute for its sender; and to ask processes on other machines.
    """

    processes: dict[str, str] = {}
    gateway: str = "http://127.0.0.1:8800"
    signing_key_file: Path | None = None


class OpsSettings(Settings):
    """Common settings and those of the API for operators."""

    ops: Ops = Ops()


SETTINGS = (OpsSettings,)
"""The classes that are part of the settings of every process."""
