"""Every answer says that it is not to be kept, and a page says what it is made of."""

import json

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from shared import problems
from shared.host.headers import HEADERS, HSTS, PAGE, SecurityHeaders
from tests.support.asgi import asked


def app(https: bool) -> FastAPI:
    served = FastAPI()
    problems.install(served)
    served.add_middleware(SecurityHeaders, https=https)

    @served.get("/told")
    async def answer() -> str:
        return "about somebody"

    @served.get("/page")
    async def page() -> HTMLResponse:
        return HTMLResponse("<p>", headers={"content-security-policy": PAGE})

    @served.get("/broken")
    async def broken() -> None:
        raise TypeError("a rule is broken")

    return served


WANTED = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


async def test_answers_errors_and_what_is_not_there_carry_them_all() -> None:
    for path, status in (("/told", 200), ("/broken", 500), ("/nowhere", 404)):
        answer = await asked(app(False), path, method="GET")
        assert (answer.status, (WANTED | HEADERS).items() <= answer.headers.items()) == (status, True)
        assert "strict-transport-security" not in answer.headers
    assert (await asked(app(True), "/told", method="GET")).headers["strict-transport-security"] == HSTS
    assert "max-age=31536000" in HSTS


async def test_an_error_of_ours_says_its_kind_and_the_log_what_happened(caplog: pytest.LogCaptureFixture) -> None:
    answer = await asked(app(False), "/broken", method="GET")
    assert (answer.status, answer.headers["content-type"]) == (500, "application/problem+json")
    assert json.loads(answer.body)["detail"] == "TypeError: the service's log has more"
    assert not [word for word in (b"a rule is broken", b"Traceback", b".py") if word in answer.body]
    assert [record.message for record in caplog.records] == ["GET /broken"]
    assert "a rule is broken" in caplog.text


async def test_a_page_keeps_its_own_policy_and_lets_no_script_in() -> None:
    answer = await asked(app(False), "/page", method="GET")
    assert answer.headers["content-security-policy"] == PAGE
    assert (answer.headers["cache-control"], "script" in PAGE) == ("no-store", False)


def test_no_policy_lets_a_page_be_framed_based_elsewhere_or_given_plugins() -> None:
    for policy in (HEADERS["content-security-policy"], PAGE):
        directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
        assert {directives[name] for name in ("default-src", "frame-ancestors", "base-uri")} == {"'none'"}
        assert "object-src" not in directives  # as default-src


async def test_what_is_told_as_text_says_its_charset_and_no_other_origin_is_let_in() -> None:
    page = await asked(app(False), "/page", headers={"origin": "https://elsewhere.example"}, method="GET")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert not [name for name in page.headers if name.startswith("access-control-")]
