"""Every answer says that it is not to be kept, and a page says what it is made of."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from shared import problems
from shared.host.headers import HEADERS, HSTS, PAGE, SecurityHeaders
from tests.support.asgi import asked


def app(https: bool) -> FastAPI:
    made = FastAPI()
    problems.install(made)
    made.add_middleware(SecurityHeaders, https=https)

    @made.get("/told")
    async def told() -> str:
        return "about somebody"

    @made.get("/page")
    async def page() -> HTMLResponse:
        return HTMLResponse("<p>", headers={"content-security-policy": PAGE})

    @made.get("/broken")
    async def broken() -> None:
        raise TypeError("a rule is broken")

    return made


async def test_answers_errors_and_what_is_not_there_carry_them_all() -> None:
    for path, status in (("/told", 200), ("/broken", 500), ("/nowhere", 404)):
        answer = await asked(app(False), path, method="GET")
        assert (answer.status, HEADERS.items() <= answer.headers.items()) == (status, True)
        assert "strict-transport-security" not in answer.headers
    assert (await asked(app(True), "/told", method="GET")).headers["strict-transport-security"] == HSTS


async def test_a_page_keeps_its_own_policy_and_lets_no_script_in() -> None:
    answer = await asked(app(False), "/page", method="GET")
    assert answer.headers["content-security-policy"] == PAGE
    assert (answer.headers["cache-control"], "script" in PAGE) == ("no-store", False)
