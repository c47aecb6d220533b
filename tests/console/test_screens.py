"""Which role may open which screen, and what a screen says when the services are away."""

import re
from pathlib import Path

import httpx
import jwt
import pytest
from fastapi.routing import APIRoute

from console.roles import ROLES, SCOPES, scopes_of
from console.screen import Screen
from console.screens import NAMES, SCREENS, screen_routes
from deploy.catalogue import load_all, scopes, unstarted
from deploy.local.options import DEFINITIONS
from deploy.publishing.definition_store import read_files
from shared.contracts.staff import Staff
from tests.console.desks import BROWSER, Seat, member


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
async def test_a_screen_opens_for_its_roles_alone(tmp_path: Path, screen: Screen) -> None:
    seat = Seat(tmp_path, [member(role, role) for role in ROLES])
    path = screen.path.replace("{person_id}", "p-1")
    assert (await seat.http.get(path)).status_code == 303
    for role in ROLES:
        seat.sits(role)
        answer = await seat.http.get(path)
        assert (answer.status_code == 403) == (role not in screen.roles), role
        menu = (await seat.http.get("/unknown", headers=BROWSER)).text
        assert (f'href="{screen.path}"' in menu) == (screen.in_menu and role in screen.roles), role


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
async def test_no_route_of_a_screen_answers_a_role_that_may_not_open_it(tmp_path: Path, screen: Screen) -> None:
    seat = Seat(tmp_path, [member(role, role) for role in ROLES])
    routes = [route for route in screen_routes(screen, seat.desk).routes if isinstance(route, APIRoute)]
    assert routes
    for role in sorted(set(ROLES) - screen.roles):
        seat.sits(role)
        for route in routes:
            for method in route.methods:
                answer = await seat.http.request(method, re.sub(r"{[a-z_]+}", "x-1", route.path))
                assert answer.status_code == 403, (role, method, route.path)


@pytest.mark.parametrize("roles", [("definitions-editor",), ("somebody-else",), ()])
async def test_who_may_open_no_screen_is_told_whom_to_ask(tmp_path: Path, roles: tuple[str, ...]) -> None:
    seat = Seat(tmp_path, [member("deng", *roles)])
    seat.sits("deng")
    answer = await seat.http.get("/", headers=BROWSER)
    assert answer.status_code == 403
    assert "请联系本院管理员" in answer.text
    assert ("<li>规则编辑</li>" in answer.text) == ("definitions-editor" in roles)


def test_the_demo_hospital_has_somebody_of_every_role() -> None:
    load_all(unstarted())  # so that their kinds of definitions are known
    staff = [each for each in read_files([DEFINITIONS]) if isinstance(each, Staff)]
    assert set(ROLES) - {role for each in staff for role in each.roles} == set()


def test_a_folder_of_a_screen_is_a_screen() -> None:
    folder = Path(__file__).parents[2] / "console" / "screens"
    assert {each.name for each in folder.iterdir() if (each / "__init__.py").exists()} == set(NAMES)
    assert [screen.name for screen in SCREENS] == list(NAMES)


def test_every_role_asks_for_scopes_that_there_are() -> None:
    assert set(SCOPES) == set(ROLES)
    assert {scope for each in SCOPES.values() for scope in each} - set(scopes()) == set()
    assert scopes_of(["nobody"]) == []


async def test_a_person_whose_services_are_away_is_a_sentence_and_no_error(tmp_path: Path) -> None:
    seat = Seat(tmp_path, [member("liu", "nurse")])
    seat.sits("liu")
    answer = await seat.http.get("/persons/p-1")
    assert answer.status_code == 503
    assert "服务暂时不可用" in answer.text
    answer = await seat.http.post("/find", data={"kind": "phone", "value": "13800001111"})
    assert answer.status_code == 503
    assert 'value="13800001111"' in answer.text


async def test_a_program_that_takes_a_wrong_path_is_answered_as_by_a_service(tmp_path: Path) -> None:
    answer = await Seat(tmp_path, []).http.get("/nothing")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["type"] == "/problems/path-unknown"


async def test_a_page_that_is_none_says_so_in_both_languages(tmp_path: Path) -> None:
    for language, text in (("zh", "没有这个页面"), ("en", "There is no such page")):
        seat = Seat(tmp_path, [member("liu", "nurse", language=language)])
        seat.sits("liu")
        answer = await seat.http.get("/persons", headers=BROWSER)
        assert (answer.status_code, text in answer.text) == (404, True)


@pytest.mark.parametrize(("path", "purpose"), [("/persons/p-1", "TREAT"), ("/messages", "HOPERAT")])
async def test_the_services_are_told_who_looks_and_why(tmp_path: Path, path: str, purpose: str) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(503, json={"type": "/problems/read-models-away"})

    seat = Seat(tmp_path, [member("liu", "nurse")], httpx.MockTransport(answer))
    seat.sits("liu")
    await seat.http.get(path)
    assert {request.headers["purpose-of-use"] for request in asked} == {purpose}
    claims = jwt.decode(asked[0].headers["authorization"].split()[1], options={"verify_signature": False})
    assert (claims["sub"], claims["roles"]) == ("liu", ["nurse"])
