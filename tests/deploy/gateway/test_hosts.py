"""The gateway answers to its own names, and what is for this machine alone ends at loopback."""

from collections.abc import Callable

import httpx
import pytest
from httpx import ByteStream, Response

from deploy.gateway.app import build
from deploy.gateway.backends import Backends
from deploy.settings import AllSettings
from shared.host.exposure import near
from shared.settings import Http, Settings
from tests.support.asgi import asked


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8800", 200),
        ("127.0.0.1", 200),
        ("[::1]:8800", 200),
        ("CRM.hospital.example:443", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("evil.example#localhost", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
async def test_a_page_whose_name_only_leads_here_is_told_nothing(host: str, status: int) -> None:
    pids: Callable[[str], int | None] = {}.get
    app = build(Backends({}, {}, pids), hosts=["crm.hospital.example"])
    answer = await asked(app, "/", headers={"host": host}, method="GET")
    assert answer.status == status
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/internal/status",
        "/contacts/internal/status",
        "/contacts/openapi.json",
        "/contacts/%69nternal/status",
        "/contacts/internal%2Fstatus",
        "/contacts%2Fx/internal/status",
    ],
)
async def test_what_operators_look_at_is_told_on_this_machine_alone(path: str) -> None:
    pids: Callable[[str], int | None] = {}.get
    backends = Backends({("contacts", "api"): "http://contacts"}, {}, pids)
    backends.client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: Response(200, stream=ByteStream(b"told")))
    )
    statuses = []
    for alone in (True, False):
        app = build(backends, near=alone)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
            statuses.append((await client.get(path)).status_code)
            assert (await client.get("/contacts/v1/persons/internal/360")).status_code == 200
            assert ("/dev/mailbox" in (await client.get("/")).text) == alone
    assert statuses == [200, 404]


@pytest.mark.parametrize(
    ("settings", "alone"),
    [
        (AllSettings(), True),
        (AllSettings(http_host="10.1.2.3"), False),
        (AllSettings(http=Http(behind_tls_proxy=True)), False),
    ],
)
def test_who_is_behind_a_proxy_is_not_alone_on_its_loopback(settings: Settings, alone: bool) -> None:
    assert near(settings) == alone
