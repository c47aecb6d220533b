"""Options of `careloop up`, the secrets that it generates, and the settings of its child processes."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deploy.key_pairs import mint_key
from deploy.settings import AllSettings

OURS = AllSettings.all_own_secrets()
SECRETS = (*OURS, "payments", "console")
"""Secrets that are generated: those of the settings, and what our account with the simulated platform is made from,
and the console's key of sessions."""
DEFINITIONS = Path(__file__).parent / "definitions"
"""Definitions of the demo."""
WECHAT = "/dev/wechat"
"""Path of the simulated payment platform at the gateway."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `up`; without `kafka` or `mongo` the embedded server is started."""

    port: int = 8800
    mllp_port: int = 2575
    kafka_port: int = 19092
    mongo_port: int = 27117
    smtp_port: int = 1025
    his_port: int = 2576
    data_dir: Path = Path("var/up")
    kafka: str | None = None
    mongo: str | None = None
    clock_speed: float | None = None
    split: bool = False
    definitions: Path = DEFINITIONS

    @property
    def kafka_servers(self) -> str:
        """Return HOST:PORT of the broker."""
        return self.kafka or f"127.0.0.1:{self.kafka_port}"

    @property
    def mongo_url(self) -> str:
        """Return the URL of the database."""
        return self.mongo or f"mongodb://127.0.0.1:{self.mongo_port}/?directConnection=true"

    @property
    def url(self) -> str:
        """Return the URL of the gateway."""
        return f"http://127.0.0.1:{self.port}"


def load_secrets(folder: Path) -> dict[str, Any]:
    """Return the secrets of a data folder. Secrets and local signing keys are generated at first use.

    When a secret is exchanged, its old value is added by hand to a list: `former_masters`, `former_links` ….
    """
    file = folder / "secrets.json"
    file.touch(mode=0o600)
    stored: dict[str, Any] = json.loads(file.read_text() or "{}")
    complete = stored | {name: stored.get(name) or _fresh(name) for name in SECRETS}
    if complete != stored:
        file.write_text(json.dumps(complete))
    for name in ("token", "merchant", "platform"):
        if not (folder / f"{name}-key.pem").exists():
            mint_key(folder / f"{name}-key.pem", folder / f"{name}-key.pub", rsa=name != "token")
    return complete


def _fresh(name: str) -> str:
    return OURS[name].fresh() if name in OURS else secrets.token_hex(32)


def payment_keys(folder: Path, generated: dict[str, Any]) -> dict[str, str]:
    """Return the merchant's keys for the simulated payment platform; the API v3 key has 32 characters."""
    files = {"private_key_file": "merchant-key.pem", "platform_key_file": "platform-key.pub"}
    return {**{name: str(folder / file) for name, file in files.items()}, "api_v3_key": generated["payments"][:32]}


def _settings_of(generated: dict[str, Any]) -> dict[str, str]:
    """Return the settings of our secrets and of their predecessors."""
    present = {f"CARELOOP_{secret.setting}": generated[name] for name, secret in OURS.items()}
    former = {secret.former: generated.get(f"former_{name}s", []) for name, secret in OURS.items() if secret.former}
    return present | {f"CARELOOP_{setting}": json.dumps(values) for setting, values in former.items()}


def environment(options: Options, generated: dict[str, Any]) -> dict[str, str]:
    """Return the environment of the launcher, completed with settings; variables that are set are not overwritten."""
    folder = options.data_dir.resolve()
    ours = {
        "CARELOOP_DATA_DIR": str(folder),
        "CARELOOP_CLOCK_FILE": str(folder / "clock.json"),
        "CARELOOP_SPAN_FILE": str(folder / "spans.jsonl"),
        "CARELOOP_KAFKA__BOOTSTRAP_SERVERS": options.kafka_servers,
        "CARELOOP_KAFKA__TRANSACTIONS": str(options.kafka is not None).lower(),
        "CARELOOP_KAFKA__SESSION_TIMEOUT_MS": "10000" if options.kafka else "6000",
        "CARELOOP_MONGO__URL": options.mongo_url,
        **_settings_of(generated),
        "CARELOOP_KEYS__FILE": str(folder / "keys.sqlite"),
        "CARELOOP_AUTH__PUBLIC_KEY_FILE": str(folder / "token-key.pub"),
        "CARELOOP_SMTP__PORT": str(options.smtp_port),
        "CARELOOP_MLLP__PORT": str(options.mllp_port),
        "CARELOOP_ENDPOINTS": json.dumps(
            {"his": f"mllp://127.0.0.1:{options.his_port}", "wechat": f"{options.url}{WECHAT}"}
        ),
        "CARELOOP_PAYMENTS": json.dumps({"wechat": payment_keys(folder, generated)}),
        "CARELOOP_HOSPITAL__PUBLIC_URL": options.url,
        "CARELOOP_DROP_DIR": str(folder / "drop"),
    }
    return {**os.environ, **{name: value for name, value in ours.items() if name not in os.environ}}


def operators(options: Options, processes: dict[str, str]) -> dict[str, str]:
    """Return the settings of the API for operators: where each process answers, and the door for redriven messages."""
    return {
        "CARELOOP_OPS__PROCESSES": json.dumps(processes),
        "CARELOOP_OPS__GATEWAY": options.url,
        "CARELOOP_OPS__SIGNING_KEY_FILE": str(options.data_dir.resolve() / "token-key.pem"),
    }


def remember(options: Options, pid: int, roles: dict[str, str]) -> None:
    """Write `up.json` to the data folder, by which other commands find this system (see `recall`)."""
    data = {name: str(v) if isinstance(v, Path) else v for name, v in asdict(options).items()}
    file = options.data_dir / "up.json"
    file.write_text(json.dumps({"pid": pid, "url": options.url, "roles": roles, "options": data}, indent=1))


class NotRunning(Exception):
    """No system runs with this data folder; the text says how to start one."""


def recall(folder: Path) -> tuple[int, Options]:
    """Return the launcher's process id and options of a running system. Raises `NotRunning`."""
    try:
        stored = json.loads((folder / "up.json").read_text())
        os.kill(stored["pid"], 0)
    except (FileNotFoundError, ProcessLookupError, json.JSONDecodeError) as error:
        log = folder / "up.log"
        last = log.read_text().strip().splitlines()[-1:] if log.exists() else []
        last_error = f" (its last word, in {log}: {last[0]})" if last and last[0].startswith("careloop:") else ""
        raise NotRunning(
            f"nothing runs behind {folder}{last_error}: start it with `careloop up --data-dir {folder}`"
        ) from error
    raw = stored["options"]
    return stored["pid"], Options(**{**raw, "data_dir": Path(raw["data_dir"]), "definitions": Path(raw["definitions"])})


def addresses(folder: Path) -> dict[str, str]:
    """Return role → URL of a running system."""
    return dict(json.loads((folder / "up.json").read_text())["roles"])


def settings_from(env: dict[str, str], file: Path | None = None) -> AllSettings:
    """Return the settings of a process with this environment; `file` (.env format) supplies missing ones."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        return AllSettings(_env_file=file)
    finally:
        os.environ.clear()
        os.environ.update(before)
