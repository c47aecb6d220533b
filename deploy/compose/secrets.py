"""The secrets of an installation in containers, as files: made where they are missing, never changed.

A file has the name of its setting, so that `CARELOOP_SECRETS_DIR` finds it (`shared/settings.py`).
"""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from console.settings import SESSION
from deploy.authority import LOOPBACK, Authority
from deploy.catalogue import process_names
from deploy.key_pairs import mint_key
from deploy.settings import AllSettings

USER = "careloop"
"""Our name towards Kafka and MongoDB."""
AUTHORITY = "authority"
DAYS = 825
"""How long certificates hold: the most that clients accept."""
GATEWAYS = ("gateway", "gateway-patients")
READABLE, PRIVATE = 0o644, 0o600
"""The modes of what containers read, as a user of their own, and of what they do not. The folder lets nobody in."""
JAAS = (
    "listener.name.client.plain.sasl.jaas.config="
    "org.apache.kafka.common.security.plain.PlainLoginModule required "
    'username="{user}" password="{password}" user_{user}="{password}";\n'
)
"""Kafka's listener CLIENT knows us by our password, and the broker itself by the same."""


def make(folder: Path, hosts: Sequence[str] = ()) -> list[str]:
    """Make what is missing in a folder, and return the names of the files made.

    `hosts`: further names and addresses by which the gateway is reached.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    before = {file.name for file in folder.iterdir()}
    _texts(folder)
    _certificates(folder, hosts)
    if not (folder / "token-key.pem").exists():
        mint_key(folder / "token-key.pem", folder / "token-key.pub")
    for file in folder.iterdir():
        file.chmod(PRIVATE if file.name == f"{AUTHORITY}.key" else READABLE)
    return sorted({file.name for file in folder.iterdir()} - before)


def _texts(folder: Path) -> None:
    own = [*AllSettings.all_own_secrets().values(), SESSION]
    for secret in own:
        _once(folder / f"CARELOOP_{secret.setting}", secret.fresh)
    password = _once(folder / "CARELOOP_KAFKA__SASL_PASSWORD", _password)
    _once(folder / "kafka.properties", lambda: JAAS.format(user=USER, password=password))
    where = "mongo:27017/?replicaSet=rs0&authSource=admin&tls=true&tlsCAFile=/run/secrets/authority.pem"
    _once(folder / "CARELOOP_MONGO__URL", lambda: f"mongodb://{USER}:{quote(_password())}@{where}")


def _once(file: Path, fresh: Callable[[], str]) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(fresh())
    return file.read_text()


def _password() -> str:
    return secrets.token_urlsafe(24)


def _certificates(folder: Path, hosts: Sequence[str]) -> None:
    """One for each server: Kafka, MongoDB, the gateways, and one for the services behind them."""
    needed = {
        "kafka": ("kafka", "localhost", *LOOPBACK),
        "mongo": ("mongo", "localhost", *LOOPBACK),
        "gateway": (*GATEWAYS, "localhost", *LOOPBACK, *hosts),
        "services": (*process_names(), "localhost", *LOOPBACK),
    }
    missing = {name: names for name, names in needed.items() if not (folder / f"{name}.pem").exists()}
    if missing:
        authority = Authority(folder, AUTHORITY, DAYS, keep=True)
        for name, names in missing.items():
            pair = authority.issue(name, hosts=names)
            if name in ("kafka", "mongo"):
                pair.joined()
                pair.key.unlink()
