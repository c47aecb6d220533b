"""Nobody is asked about who does not exist, and nobody under a number of somebody else, wherever a person is named."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from careloop_client.followup.models import Stop
from deploy.catalogue import load_all, mounts
from deploy.catalogue import unstarted as settings
from deploy.demo.director import Director
from deploy.routes import app_of
from tests.support.eventually import eventually
from tests.support.smallest import smallest
from tests.support.systems import Patient, known_person

NOBODY = "00000000-0000-0000-0000-000000000000"
SUBJECT = {"number": "1", "authority": "CITY-HOSPITAL"}
TOGETHER: dict[tuple[str, str], dict[str, Any]] = {
    ("his-adapter", "/v1/requests"): {"subject": SUBJECT, "ask": {"action": "bill"}},
}
"""Bodies whose fields depend on each other in ways that no schema says."""
ELSEWHERE = {
    (
        "contacts",
        "POST",
        "/v1/ambiguous/{input_id}/decision",
    ): "who an input is about that waits: test_registry_domain.py",
    ("contacts", "GET", "/v1/erasures/{person_id}"): "who was erased exists no more: 404 `erasure-unknown`",
}


def of_people() -> Iterator[tuple[str, str, str, bool, Any]]:
    """Service, method, path and smallest body of every route that is told of a person, and whether in its query."""
    for service in load_all(settings()):
        schema = app_of(service, settings()).openapi()
        for path, methods in schema["paths"].items():
            for method, route in methods.items():
                queried = any(each["name"] == "person" for each in route.get("parameters", ()))
                if queried or "{person_id}" in path or "person_id" in _fields(route, schema):
                    yield service.slug, method.upper(), path, queried, _body(route, schema)


def _fields(route: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    content = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = content.get("$ref", "").rpartition("/")[2]
    return set(schema["components"]["schemas"].get(name, {}).get("properties", ()))


def _body(route: dict[str, Any], schema: dict[str, Any]) -> Any:
    content = route.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return smallest(content, schema["components"]["schemas"]) if content else None


ROUTES = [each for each in of_people() if each[:3] not in ELSEWHERE]


@pytest.mark.parametrize(("service", "method", "path", "queried", "body"), ROUTES)
async def test_a_person_who_does_not_exist_is_refused(
    director: Director, service: str, method: str, path: str, queried: bool, body: Any
) -> None:
    mount = next(prefix for prefix, name in mounts().items() if name.replace("_", "-") == service)
    where = f"/{mount}{path}".replace("{person_id}", NOBODY).replace("{claim_id}", "c")
    body = {**body, **TOGETHER.get((service, path), {})} if body else body
    if body and "person_id" in body:
        body["person_id"] = NOBODY
    answer = await director.http.request(method, where, json=body, params={"person": NOBODY} if queried else {})
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/person-unknown"), answer.text


def test_the_routes_that_name_a_person_are_found() -> None:
    assert len(ROUTES) > 15
    assert ELSEWHERE.keys() <= {each[:3] for each in of_people()}
    assert TOGETHER.keys() <= {(service, path) for service, _, path, *_ in ROUTES}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("payments", {"amount": "1.00", "description": "x", "subject": SUBJECT}, "subject.number"),
        ("requests", {"subject": SUBJECT, "ask": {"action": "bill"}}, "subject.number"),
        ("packets", {"formality": "discharge", **SUBJECT}, "number"),
    ],
)
async def test_a_number_of_somebody_else_or_of_nobody_is_refused_with_both(
    director: Director, path: str, body: dict[str, Any], field: str
) -> None:
    person, other = Patient.new(), Patient.new()
    mine, _ = await known_person(director, person), await known_person(director, other)
    for number in (other.mrn, "nobody-has-it"):
        subject = {"subject": {**SUBJECT, "number": number}} if "subject" in body else {"number": number}
        answer = await director.http.post(f"/his/v1/{path}", json={**body, **subject, "person_id": mine})
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (422, "/problems/number-foreign"), answer.text
        assert (problem["person_id"], problem["number"], problem["errors"][0]["field"]) == (mine, number, field)


async def test_somebody_who_was_registered_a_moment_ago_is_known(director: Director) -> None:
    """The service may not have read of them yet: it looks again before it says that there is nobody."""
    for _ in range(5):
        patient = Patient.new()
        await director.mllp(patient.says("ADT^A28", "NEW", director.clock()))
        [registered] = await eventually(partial(director.find, patient.identifier))
        person = registered.person_id
        await director.careloop.followup.stop_plans(person, Stop(reason="moved-away"))
        await director.careloop.notify.list_messages(person=person)
