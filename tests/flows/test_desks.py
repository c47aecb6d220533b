"""Sessions of staff are ended by themselves and by administrators, locks hold everywhere, views are one's own."""

import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from console.session import Session
from console.staff_events import StaffEvents
from deploy.local import console, embedded
from deploy.local.system import System
from shared.bus.consuming import read_to_end
from shared.tokens import mint_token
from tests.support.described import as_described
from tests.support.eventually import eventually


def client_of(system: System, name: str, *scopes: str) -> httpx.AsyncClient:
    """A client with the token of a member of staff."""
    key = system.settings.data_dir / "token-key.pem"
    token = mint_token(key, system.settings.auth, name, list(scopes), timedelta(minutes=5), roles=[])
    client = httpx.AsyncClient(base_url=system.options.url, headers={"authorization": f"Bearer {token}"})
    client.event_hooks["response"].append(as_described)
    return client


async def is_over(system: System, session: Session) -> bool:
    """Whether the console would take this session for over."""
    return (await events_of(system)).over(session)


async def events_of(system: System) -> StaffEvents:
    """What a process of the console that starts now reads of staff."""
    events = StaffEvents(system.settings.kafka, lambda error: None)
    async for records in read_to_end(system.settings.kafka, [events.partition]):
        for record in records:
            events.take(record.value)
    events.ready.set()
    return events


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


@asynccontextmanager
async def another_console(system: System) -> AsyncIterator[str]:
    """A second process of the console, which starts now; its address."""
    port = embedded.free_port()
    child = console.child(system.options, system.env, "22" * 32, port)
    process = subprocess.Popen(child.command, env=child.env)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:

            async def ready() -> bool:
                try:
                    return bool((await http.get("/internal/status")).json()["ready"])
                except httpx.TransportError:
                    return False

            await eventually(ready)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def signs_in(system: System, address: str, password: str = "") -> int:
    """The status of an attempt to sign in; `password`: another than the right one."""
    form = {"login": "sun-registrar", "password": password or system.users["sun-registrar"]}
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        return (await http.post("/sign-in", data=form)).status_code


async def test_a_login_is_locked_at_every_console_and_after_a_restart_until_it_is_unlocked(system: System) -> None:
    here = system.options.url
    for _ in range(5):
        assert await signs_in(system, here, "a guess") == 403
    assert await signs_in(system, here) == 429

    async def is_locked() -> bool:
        return (await events_of(system)).locked("sun-registrar") is not None

    await eventually(is_locked)
    async with another_console(system) as there, client_of(system, "chen", "contacts:sessions") as chen:
        assert await signs_in(system, there) == 429
        desk = (await chen.get("/contacts/v1/staff/sun-registrar/desk")).json()["data"]
        assert (desk["tries"], desk["unlocked"]) == (5, None)
        assert (await chen.post("/contacts/v1/staff/sun-registrar/unlock")).json()["status"] == "accepted"
        for address in (here, there):

            async def let_in(address: str = address) -> bool:
                return await signs_in(system, address) == 303

            await eventually(let_in)
        assert (await chen.post("/contacts/v1/staff/sun-registrar/unlock")).json()["status"] == "no-op"
        after = await chen.get("/contacts/v1/staff/sun-registrar/desk")
        assert after.json()["data"]["unlocked_by"] == "chen"
        assert "sun-registrar" in {
            each["staff_id"] for each in (await chen.get("/contacts/v1/staff/desks")).json()["data"]
        }


async def test_only_the_console_locks_and_only_staff(system: System) -> None:
    lock = {"minutes": 15, "tries": 5}
    async with client_of(system, "chen", "contacts:sessions", "contacts:desk") as chen:
        assert (await chen.post("/contacts/v1/staff/sun-registrar/lock", json=lock)).status_code == 403
    async with client_of(system, "console", "contacts:lockouts") as own:
        assert (await own.post("/contacts/v1/staff/guessed/lock", json=lock)).status_code == 404
        assert (await own.post("/contacts/v1/staff/sun-registrar/unlock")).status_code == 403
    assert (await events_of(system)).locked("guessed") is None


async def test_views_are_saved_by_title_and_seen_by_nobody_else(system: System) -> None:
    path, view = (
        "/contacts/v1/desk/views",
        {"screen": "cases", "title": "我的高优先级", "query": "status=open&whose=me"},
    )
    async with (
        client_of(system, "views-liu", "contacts:desk") as liu,
        client_of(system, "views-wang", "contacts:desk") as wang,
    ):
        done = await liu.post(path, json=view)
        assert done.status_code == 201
        seen = {"min_position": done.json()["position"]}
        [saved] = (await liu.get(path, params={**seen, "screen": "cases"})).json()["data"]
        assert {**view, "view_id": saved["view_id"]} == saved
        assert (await liu.get(path, params={"screen": "messages"})).json()["data"] == []
        assert (await wang.get(path, params=seen)).json()["data"] == []
        assert (await wang.delete(f"{path}/{saved['view_id']}")).status_code == 404
        gone = await liu.delete(f"{path}/{saved['view_id']}")
        assert (await liu.get(path, params={"min_position": gone.json()["position"]})).json()["data"] == []


async def test_a_view_is_neither_named_by_a_number_of_a_patient_nor_endless(system: System) -> None:
    view = {"screen": "cases", "title": "mine", "query": "whose=me"}
    async with client_of(system, "views-liu", "contacts:desk") as liu:
        for wrong in ({"title": "13800001111"}, {"title": "x" * 61}, {"title": " "}, {"query": "q=" + "x" * 500}):
            assert (await liu.post("/contacts/v1/desk/views", json={**view, **wrong})).status_code == 422
