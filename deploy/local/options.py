"""What `careloop up` was asked for, the secrets it makes, and the environment its children get."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from deploy.settings import AllSettings
from deploy.tokens import mint_key

SECRETS = ("master", "site", "link", "callback", "payments")
WECHAT = "/dev/wechat"
"""Where the local payment platform is on the gateway."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `up`; `kafka` and `mongo` None mean the embedded ones."""

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
    definitions: Path = Path(__file__).parent / "definitions"

    @property
    def kafka_servers(self) -> str:
        """Where the broker is."""
        return self.kafka or f"127.0.0.1:{self.kafka_port}"

    @property
    def mongo_url(self) -> str:
        """Where the database is."""
        return self.mongo or f"mongodb://127.0.0.1:{self.mongo_port}/?directConnection=true"

    @property
    def url(self) -> str:
        """The gateway."""
        return f"http://127.0.0.1:{self.port}"


def load_secrets(directory: Path) -> dict[str, Any]:
    """The secrets of this data directory, made at first use; also the local signing keys.

    `former_masters`, `former_links` and `former_callbacks` are lists that somebody adds who exchanges one of them.
    """
    file = directory / "secrets.json"
    file.touch(mode=0o600)
    known: dict[str, Any] = json.loads(file.read_text() or "{}")
    made = known | {name: known.get(name) or secrets.token_hex(32) for name in SECRETS}
    if made != known:
        file.write_text(json.dumps(made))
    for name in ("token", "merchant", "platform"):
        if not (directory / f"{name}-key.pem").exists():
            mint_key(directory / f"{name}-key.pem", directory / f"{name}-key.pub", rsa=name != "token")
    return made


def payment_keys(directory: Path, made: dict[str, Any]) -> dict[str, str]:
    """The merchant's side of the local payment platform's keys; the API v3 key has 32 characters."""
    files = {"private_key_file": "merchant-key.pem", "platform_key_file": "platform-key.pub"}
    return {**{name: str(directory / file) for name, file in files.items()}, "api_v3_key": made["payments"][:32]}


def environment(options: Options, made: dict[str, Any]) -> dict[str, str]:
    """The settings of every child (and of the command line) as environment variables."""
    directory = options.data_dir.resolve()
    ours = {
        "CARELOOP_DATA_DIR": str(directory),
        "CARELOOP_CLOCK_FILE": str(directory / "clock.json"),
        "CARELOOP_SPAN_FILE": str(directory / "spans.jsonl"),
        "CARELOOP_KAFKA__BOOTSTRAP_SERVERS": options.kafka_servers,
        "CARELOOP_KAFKA__TRANSACTIONS": str(options.kafka is not None).lower(),
        "CARELOOP_KAFKA__SESSION_TIMEOUT_MS": "10000" if options.kafka else "6000",
        "CARELOOP_MONGO__URL": options.mongo_url,
        "CARELOOP_KEYS__MASTER": made["master"],
        "CARELOOP_KEYS__FORMER_MASTERS": json.dumps(made.get("former_masters", [])),
        "CARELOOP_KEYS__SITE": made["site"],
        "CARELOOP_KEYS__FILE": str(directory / "keys.sqlite"),
        "CARELOOP_AUTH__PUBLIC_KEY_FILE": str(directory / "token-key.pub"),
        "CARELOOP_AUTH__LINK_SECRET": made["link"],
        "CARELOOP_AUTH__FORMER_LINK_SECRETS": json.dumps(made.get("former_links", [])),
        "CARELOOP_SMTP__PORT": str(options.smtp_port),
        "CARELOOP_SMTP__CALLBACK_SECRET": made["callback"],
        "CARELOOP_SMTP__FORMER_CALLBACK_SECRETS": json.dumps(made.get("former_callbacks", [])),
        "CARELOOP_MLLP__PORT": str(options.mllp_port),
        "CARELOOP_ENDPOINTS": json.dumps(
            {"his": f"mllp://127.0.0.1:{options.his_port}", "wechat": f"{options.url}{WECHAT}"}
        ),
        "CARELOOP_PAYMENTS": json.dumps({"wechat": payment_keys(directory, made)}),
        "CARELOOP_HOSPITAL__PUBLIC_URL": options.url,
        "CARELOOP_DROP_DIR": str(directory / "drop"),
    }
    return {**os.environ, **{name: value for name, value in ours.items() if name not in os.environ}}


def remember(options: Options, pid: int, roles: dict[str, str]) -> None:
    """Leave word in the data directory, so that other commands find this system."""
    data = {name: str(v) if isinstance(v, Path) else v for name, v in asdict(options).items()}
    file = options.data_dir / "up.json"
    file.write_text(json.dumps({"pid": pid, "url": options.url, "roles": roles, "options": data}, indent=1))


class NotRunning(Exception):
    """No system runs behind this data directory; the text says how to start one."""


def recall(directory: Path) -> tuple[int, Options]:
    """The running system of a data directory: the launcher's pid and its options. Raises `NotRunning`."""
    try:
        found = json.loads((directory / "up.json").read_text())
        os.kill(found["pid"], 0)
    except (FileNotFoundError, ProcessLookupError, json.JSONDecodeError) as error:
        log = directory / "up.log"
        last = log.read_text().strip().splitlines()[-1:] if log.exists() else []
        told = f" (its last word, in {log}: {last[0]})" if last and last[0].startswith("careloop:") else ""
        raise NotRunning(
            f"nothing runs behind {directory}{told}: start it with `careloop up --data-dir {directory}`"
        ) from error
    raw = found["options"]
    return found["pid"], Options(**{**raw, "data_dir": Path(raw["data_dir"]), "definitions": Path(raw["definitions"])})


def addresses(directory: Path) -> dict[str, str]:
    """Where each role of a running system listens, on this machine."""
    return dict(json.loads((directory / "up.json").read_text())["roles"])


def settings_from(env: dict[str, str], file: Path | None = None) -> AllSettings:
    """The settings a child with this environment would have; what it does not say is read from a file of settings."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    try:
        return AllSettings(_env_file=file)
    finally:
        os.environ.clear()
        os.environ.update(before)
