"""Sessions of staff at the console are ended by themselves, and by administrators."""

from datetime import timedelta

import httpx

from console.ended import EndedSessions
from console.session import Session
from deploy.local.system import System
from shared.bus.consuming import read_to_end
from shared.tokens import mint_token
from tests.support.described import as_described


def client_of(system: System, name: str, *scopes: str) -> httpx.AsyncClient:
    """A client with the token of a member of staff."""
    key = system.settings.data_dir / "token-key.pem"
    token = mint_token(key, system.settings.auth, name, list(scopes), timedelta(minutes=5), roles=[])
    client = httpx.AsyncClient(base_url=system.options.url, headers={"authorization": f"Bearer {token}"})
    client.event_hooks["response"].append(as_described)
    return client


async def is_over(system: System, session: Session) -> bool:
    """Whether the console would take this session for over."""
    ended = EndedSessions(system.settings.kafka, lambda error: None)
    async for records in read_to_end(system.settings.kafka, [ended.partition]):
        for record in records:
            ended.take(record.value)
    ended.ready.set()
    return ended.over(session)


async def test_somebody_ends_their_own_sessions(system: System) -> None:
    own, others = Session.new("desk-liu"), Session.new("desk-wang")
    async with client_of(system, "desk-liu", "contacts:desk") as liu:
        assert (await liu.post("/contacts/v1/sessions/end")).status_code == 200
    assert (await is_over(system, own), await is_over(system, others)) == (True, False)
    assert not await is_over(system, Session.new("desk-liu"))


async def test_an_administrator_ends_sessions_of_others_and_nobody_else_does(system: System) -> None:
    session = Session.new("desk-zhao")
    path = "/contacts/v1/staff/desk-zhao/sessions/end"
    async with client_of(system, "desk-liu", "contacts:desk", "contacts:write") as liu:
        assert (await liu.post(path)).status_code == 403
    assert not await is_over(system, session)
    async with client_of(system, "desk-chen", "contacts:sessions") as chen:
        assert (await chen.post(path)).status_code == 200
    assert await is_over(system, session)
