"""The console of `careloop up`: its process, and a local user for each role of the demo hospital."""

import json
import secrets
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from console.roles import ROLES
from console.users import UsersFile
from deploy.catalogue import CONSOLE
from deploy.local.needs import ordinary
from deploy.local.options import Options
from deploy.local.supervisor import Child
from shared.contracts.staff import Staff
from shared.definitions import Definition

NAME = CONSOLE
USERS = "users.json"
COMMON = ("KAFKA", "CLOCK_FILE", "SPAN_FILE", "HOSPITAL", "ALLOW_PLAIN", "AUTH__ISSUER", "AUTH__AUDIENCE")
READ = tuple(f"CARELOOP_{name}" for name in ("CONSOLE", *COMMON))
"""Settings of the system that the console reads as well."""


def child(options: Options, env: Mapping[str, str], session_key: str, port: int) -> Child:
    """The process: it gets its own settings and the few common ones that it reads, no key and no database."""
    directory = options.data_dir.resolve()
    own = {
        "CARELOOP_CONSOLE__GATEWAY": options.url,
        "CARELOOP_CONSOLE__USERS_FILE": str(directory / USERS),
        "CARELOOP_CONSOLE__SESSION_KEY": session_key,
        "CARELOOP_CONSOLE__SIGNING_KEY_FILE": str(directory / "token-key.pem"),
    }
    read = {name: value for name, value in env.items() if name.upper().startswith(READ)}
    address = {"CARELOOP_HTTP_HOST": "127.0.0.1", "CARELOOP_HTTP_PORT": str(port)}
    return Child(NAME, [sys.executable, "-m", NAME], {**ordinary(env), **own, **read, **address})


def demo_users(directory: Path, definitions: Iterable[Definition]) -> dict[str, str]:
    """Login → password of those staff of the demo hospital who have a role of the console.

    Made at first use and kept in `passwords.json` (mode 0600): it is a demo's, whose users are nobody.
    """
    file = directory / "passwords.json"
    file.touch(mode=0o600)
    passwords: dict[str, str] = json.loads(file.read_text() or "{}")
    users = UsersFile(directory / USERS)
    staff = [each for each in definitions if isinstance(each, Staff) and not set(ROLES).isdisjoint(each.roles)]
    new = {each.signs_in_as: secrets.token_urlsafe(9) for each in staff if each.signs_in_as not in passwords}
    for login, password in new.items():
        users.put(login, password)
    file.write_text(json.dumps(passwords | new, indent=1))
    return passwords | new
