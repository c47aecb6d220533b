"""A console without servers behind it: its real parts, staff as definitions, and a gateway that does not answer."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from console.app import build
from console.backend import Backend
from console.serving import desk_of
from console.session import COOKIE, Session
from console.settings import Console, ConsoleSettings
from console.staff_events import StaffEvents
from console.users import UsersFile
from deploy.key_pairs import mint_key
from shared.contracts.staff import Staff
from shared.definition_reader import DefinitionReader
from shared.definitions import Definitions
from shared.settings import Hospital

KEY = "11" * 32
BROWSER = {"accept": "text/html,*/*;q=0.8"}
PASSWORD = "correct horse battery"


def member(id: str, *roles: str, **fields: str) -> Staff:
    """A member of staff of this id, who has these roles."""
    return Staff(id=id, version=1, name=id.title(), email=f"{id}@hospital.example", roles=roles, **fields)


def settings(folder: Path, public_url: str = "http://127.0.0.1:8800", **console: object) -> ConsoleSettings:
    """Settings with fresh keys and a users' file in `folder`."""
    if not (folder / "key.pem").exists():
        mint_key(folder / "key.pem", folder / "key.pub")
    fields = {"session_key": KEY, "signing_key_file": folder / "key.pem", "users_file": folder / "users.json"}
    away = {"gateway": "http://127.0.0.1:9"}
    hospital = Hospital(public_url=public_url)
    return ConsoleSettings(console=Console.model_validate({**away, **fields, **console}), hospital=hospital)


class Seat:
    """A browser at the console: `http` keeps its cookies. `services`: what answers for them, else nobody does."""

    def __init__(
        self, folder: Path, staff: Iterable[Staff], services: httpx.MockTransport | None = None, **console: Any
    ) -> None:
        chosen = settings(folder, **console)
        reader = DefinitionReader(chosen.kafka, ["contacts"], lambda error: None)
        reader.snapshot = Definitions.of(*staff)
        reader.ready.set()
        events = StaffEvents(chosen.kafka, lambda error: None)
        events.ready.set()
        self.desk = desk_of(chosen, reader, Backend(chosen, services), events)
        self.users = UsersFile(folder / "users.json")
        self.app = build(self.desk)
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")

    def sits(self, staff_id: str) -> None:
        """Somebody is signed in here."""
        self.http.cookies.set(COOKIE, self.desk.sessions.sealed(Session.new(staff_id)))
