"""The gateway answers to its own names, and what is for this machine alone ends at loopback."""

from collections.abc import Callable

import pytest

from deploy.local.gateway import Backends, build
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
