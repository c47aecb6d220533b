"""The whole system in containers, encrypted everywhere: the story, who reaches whom, and a restart of roles."""

import re
import ssl
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import timedelta
from functools import partial

import httpx
import pytest
from docker.models.containers import Container

from deploy.catalogue import scopes
from shared.settings import Auth
from shared.tokens import mint_token
from tests.deploy.compose.test_file import LEAVES
from tests.support.composed import Composed, composed, unavailable
from tests.support.engine import engine
from tests.support.eventually import eventually

pytestmark = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))
REACHES = "import socket; socket.create_connection(({host!r}, {port}), 3)"
PHONE = "13900139000"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    with composed(tmp_path_factory.mktemp("composed")) as running:
        yield running


@pytest.fixture(scope="module")
def story(system: Composed) -> str:
    return system.run("run", "--rm", "-T", "--use-aliases", "story")


@pytest.fixture
async def staff(system: Composed, story: str) -> AsyncIterator[httpx.AsyncClient]:
    key = system.secrets / "token-key.pem"
    token = mint_token(key, Auth(), "a-test", scopes(), timedelta(hours=1))
    trusted = ssl.create_default_context(cafile=str(system.secrets / "authority.pem"))
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=system.gateway, headers=headers, verify=trusted, timeout=30) as client:
        yield client


def test_the_story_plays_from_the_wire_to_the_patients_page_and_back(story: str) -> None:
    steps = re.findall("● (.+)", story)
    assert steps[0].startswith("Monday: the hospital admits a patient")
    assert steps[-1] == "The supervisor calls her, a pharmacist explains, the case is resolved"


async def test_every_process_says_how_it_is(staff: httpx.AsyncClient) -> None:
    status = (await staff.get("/ops/v1/status")).json()
    assert [each for each in status["processes"] if not each["ready"]] == []
    assert {"contacts-projector", "his-adapter-intake", "console"} <= {each["process"] for each in status["processes"]}


async def test_patients_reach_signed_pages_and_nothing_else(system: Composed, staff: httpx.AsyncClient) -> None:
    for path in ("/", "/contacts/v1/persons", "/ops/v1/status"):
        assert "without a link of ours" in (await staff.get(f"{system.patients}{path}")).text
    assert (await staff.get(f"{system.patients}/followup/s/no-such-link")).status_code == 404
    for host, port in (("kafka", 9092), ("mongo", 27017), ("contacts-api", 8080), ("ops", 8080)):
        assert system.inside("gateway-patients", REACHES.format(host=host, port=port))[0] == 1, host
    assert system.inside("gateway-patients", REACHES.format(host="followup-api", port=8080))[0] == 0


def test_who_has_nothing_to_do_outside_has_no_way_there(system: Composed, story: str) -> None:
    leaving = {name for name, each in system.containers().items() if not all(map(internal, networks_of(each)))}
    assert leaving == {*LEAVES, "gateway", "gateway-patients"}


def networks_of(container: Container) -> Iterable[str]:
    return container.attrs["NetworkSettings"]["Networks"]


def internal(network: str) -> bool:
    return bool(engine().networks.get(network).attrs["Internal"])


async def test_roles_that_restart_one_by_one_lose_and_double_nothing(
    system: Composed, staff: httpx.AsyncClient
) -> None:
    """A system that reports calls repeats each until it is taken, as the README asks of it."""
    roles = ("contacts-decider", "contacts-projector", "contacts-api", "gateway")
    for role in roles:
        await eventually(partial(taken, staff, f"before-{role}"))
        system.run("restart", role)
        await eventually(partial(taken, staff, f"after-{role}"))
    sent = sorted(f"{when}-{role}" for role in roles for when in ("before", "after"))
    await eventually(lambda: calls(staff), lambda shown: sorted(shown) == sent)


async def taken(staff: httpx.AsyncClient, id: str) -> bool:
    call = {"touchpoint_id": id, "at": "2026-03-20T10:00:00+08:00", "channel": "phone", "direction": "inbound"}
    call |= {"identifiers": [{"system": "phone", "value": PHONE}], "summary": "asks for a bed"}
    try:
        answer = await staff.post("/contacts/v1/touchpoints", json=call, headers={"idempotency-key": id})
    except httpx.TransportError:
        return False
    assert answer.status_code < 400 or answer.status_code == 503, answer.text
    return answer.is_success


async def calls(staff: httpx.AsyncClient) -> list[str]:
    """The ids of the calls that the caller's timeline shows."""
    search = {"system": "phone", "value": PHONE}
    [person] = (await staff.post("/contacts/v1/persons/search", json=search)).json()["data"]
    whole = (await staff.get(f"/contacts/v1/persons/{person['person_id']}/360")).json()["data"]
    return [each["data"]["touchpoint_id"] for each in whole["timeline"] if "touchpoint_id" in each["data"]]
