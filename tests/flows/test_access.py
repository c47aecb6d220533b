"""Who may read whom, over the APIs of a whole system: nurses of two departments, a hotline, a privacy officer."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from careloop_client.complaints.models import NewCase
from careloop_client.his_adapter.models import NewPayment
from deploy.catalogue import scopes
from deploy.demo.director import Director
from deploy.local.system import System
from shared.tokens import mint_token
from tests.support.described import as_described
from tests.support.systems import Patient, discharged

REASON = "unconscious in the emergency room, no history at hand"
Somebody = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def somebody(system: System) -> AsyncIterator[Somebody]:
    """Makes clients with a token of this name, role and departments."""
    key, auth = system.settings.data_dir / "token-key.pem", system.settings.auth
    async with AsyncExitStack() as clients:

        def client_of(name: str, role: str, *departments: str) -> httpx.AsyncClient:
            claims = {"roles": [role], "departments": list(departments)}
            token = mint_token(key, auth, name, scopes(), timedelta(hours=1), **claims)
            client = httpx.AsyncClient(base_url=system.options.url, headers={"authorization": f"Bearer {token}"})
            client.event_hooks["response"].append(as_described)
            clients.push_async_callback(client.aclose)
            return client

        yield client_of


async def answered(client: httpx.AsyncClient, path: str, **params: str) -> tuple[int, Any]:
    answer = await client.get(path, params=params or None)
    return answer.status_code, answer.json()


async def searched(client: httpx.AsyncClient, number: dict[str, str]) -> tuple[int, Any]:
    answer = await client.post("/contacts/v1/persons/search", json=number)
    return answer.status_code, answer.json()


async def everywhere(director: Director, person: str) -> list[str]:
    """Open a case and a payment of a person; returns every path that shows the person."""
    new_case = NewCase(person_id=person, category="complaint", source="desk", department="CARD", description="慢")
    case = await director.careloop.complaints.open_case(new_case)
    asked = NewPayment(person_id=person, amount=Decimal("1.00"), description="挂号费")
    payment = await director.careloop.his_adapter.ask_payment(asked)
    await director.rest()
    return [
        f"/contacts/v1/persons/{person}/360",
        f"/complaints/v1/cases/{case.aggregate}",
        f"/complaints/v1/cases?person={person}",
        f"/followup/v1/tasks?person={person}",
        f"/notify/v1/messages?person={person}",
        f"/his/v1/payments/{payment.aggregate}",
        f"/his/v1/payments?person={person}",
        f"/his/v1/requests?person={person}",
        f"/his/v1/packets?person={person}",
    ]


async def test_another_departments_patient_is_as_one_who_does_not_exist_until_the_glass_is_broken(
    director: Director, somebody: Somebody
) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)
    places = await everywhere(director, person)
    mine, theirs = somebody("li", "nurse", "CARD"), somebody("wu", "nurse", "NEUR")
    assert [(await answered(mine, place))[0] for place in places] == [200] * len(places)
    for place in places:
        status, body = await answered(theirs, place)
        _, nobody = await answered(theirs, place.replace(person, "nobody"))
        assert (status, body["break_glass"]) == (404, "POST /contacts/v1/persons/{person_id}/break-glass"), place
        assert body == {**nobody, "detail": nobody["detail"].replace("nobody", person)}

    broken = await theirs.post(f"/contacts/v1/persons/{person}/break-glass", json={"reason": REASON, "minutes": 20})
    assert broken.status_code == 201
    at_once = await answered(theirs, places[0], min_position=broken.json()["position"])
    assert at_once[0] == 200
    await director.rest()
    assert [(await answered(theirs, place))[0] for place in places] == [200] * len(places)
    assert (await answered(somebody("xu", "nurse", "NEUR"), places[0]))[0] == 404
    director.clock.set(director.clock() + timedelta(minutes=20), 0)
    assert {(await answered(theirs, place))[0] for place in places} == {404}
    assert (await answered(mine, places[0]))[0] == 200


async def test_a_search_shows_just_enough_of_others(director: Director, somebody: Somebody) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)
    system, _, value = patient.identifier.partition("|")
    search = {"system": system, "value": value}
    status, body = await searched(somebody("wu", "nurse", "NEUR"), search)
    [shown] = body["data"]
    assert (status, shown.keys(), shown["person_id"]) == (200, {"person_id", "identity", "masked"}, person)
    phones, year = shown["identity"].pop("phones"), shown["identity"].pop("birth_year")
    assert (phones[0][:3], phones[0][3:7], len(phones[0]), len(year)) == ("138", "****", 11, 4)
    assert shown["identity"] == {"name": "王秀英"}
    _, whole = await searched(somebody("li", "nurse", "CARD"), search)
    assert whole["data"][0]["identity"]["birth_date"]
    _, nothing = await searched(somebody("guest", "visitor", "CARD"), search)
    assert nothing["data"] == []


async def test_lists_hold_what_their_reader_may_read_page_by_page(director: Director, somebody: Somebody) -> None:
    person = await discharged(director, Patient.new())
    other = await discharged(director, Patient.new())
    nurse = somebody("zhou", "nurse", "NEUR")
    for about, department in ((person, "CARD"), (other, "NEUR"), (person, "CARD"), (other, "CARD")):
        case = NewCase(person_id=about, department=department, category="suggestion", source="desk", description="灯")
        await director.careloop.complaints.open_case(case)
    await director.rest()
    cursor, persons = "", []
    while cursor is not None:
        _, body = await answered(nurse, "/complaints/v1/cases", limit="1", **({"cursor": cursor} if cursor else {}))
        persons += [case["person_id"] for case in body["data"]]
        cursor = body["next"]
    assert persons.count(other) == 2
    assert person not in persons


async def test_who_may_not_read_somebody_may_not_change_anything_of_them(
    director: Director, somebody: Somebody
) -> None:
    person = await discharged(director, Patient.new())
    [_, case, *_, payment, _, _, _] = [place.split("?")[0] for place in await everywhere(director, person)]
    theirs, mine = somebody("wu", "nurse", "NEUR"), somebody("li", "nurse", "CARD")
    opened = {"person_id": person, "category": "complaint", "source": "desk", "description": "慢"}
    wishes: list[tuple[str, str, Any]] = [
        ("PUT", f"/contacts/v1/persons/{person}/consent", {"purpose": "survey", "granted": False}),
        ("POST", f"/followup/v1/persons/{person}/stop", {"reason": "moved-away"}),
        ("POST", "/complaints/v1/cases", opened),
        ("POST", f"{case}/assignment", {"assignee": "li"}),
        ("POST", f"{payment}/cancellation", None),
        ("POST", "/his/v1/payments", {"person_id": person, "amount": "1.00", "description": "挂号费"}),
    ]
    for client, wanted in ((theirs, {404}), (mine, {200, 201})):
        for method, path, body in wishes:
            answer = await client.request(method, path, json=body)
            assert answer.status_code in wanted, (path, answer.text)


async def test_a_hotline_reads_whom_it_talks_with_and_not_for_ever(director: Director, somebody: Somebody) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)
    hotline, view = somebody("ma", "hotline", "HOTLINE"), f"/contacts/v1/persons/{person}/360"
    assert (await answered(hotline, view))[0] == 404
    call = {
        "at": director.clock().isoformat(),
        "touchpoint_id": f"call-{patient.mrn}",
        "identifiers": [{"system": "MRN:CITY-HOSPITAL", "value": patient.mrn}],
        "channel": "phone",
        "direction": "inbound",
        "agent": "ma",
        "department": "HOTLINE",
    }
    assert (await hotline.post("/contacts/v1/touchpoints", json=call)).status_code == 201
    await director.rest()
    assert (await answered(hotline, view))[0] == 200
    assert (await answered(somebody("he", "hotline", "OTHER"), view))[0] == 404
    await director.at(director.clock() + timedelta(days=1))
    assert (await answered(hotline, view))[0] == 404


async def test_a_lost_answer_is_given_again_though_the_right_to_read_ended_with_the_case(
    director: Director, somebody: Somebody
) -> None:
    person = await discharged(director, Patient.new())
    new_case = NewCase(person_id=person, category="complaint", source="desk", department="CARD", description="慢")
    case = (await director.careloop.complaints.open_case(new_case)).aggregate
    await director.rest()
    zhou, other = (somebody(name, "complaint-officer", "RELATIONS") for name in ("zhou", "other"))
    path, key = f"/complaints/v1/cases/{case}/resolution", {"idempotency-key": f"resolve-{case}"}
    first = await zhou.post(path, json={"resolution": "已道歉"}, headers=key)
    assert first.status_code == 200
    await director.rest()
    assert (await answered(zhou, f"/complaints/v1/cases/{case}"))[0] == 404
    again = await zhou.post(path, json={"resolution": "已道歉"}, headers=key)
    assert (again.status_code, again.json()["event_ids"]) == (200, first.json()["event_ids"])
    assert (await zhou.post(path, json={"resolution": "没有"}, headers=key)).status_code == 422
    assert (await zhou.post(path, json={"resolution": "已道歉"})).status_code == 404
    assert (await other.post(path, json={"resolution": "已道歉"}, headers=key)).status_code == 404


async def test_a_key_that_was_used_tells_nothing_of_anybody_else(director: Director, somebody: Somebody) -> None:
    mine, theirs = await discharged(director, Patient.new()), await discharged(director, Patient.new())
    li, key = somebody("li", "nurse", "CARD"), {"idempotency-key": f"case-{mine}"}
    body = {"category": "complaint", "source": "desk", "department": "CARD", "description": "慢"}
    first = await li.post("/complaints/v1/cases", json={**body, "person_id": mine}, headers=key)
    await director.rest()
    answers = [
        await li.post("/complaints/v1/cases", json={**body, "person_id": person}, headers=key)
        for person in (theirs, "nobody")
    ]
    assert first.status_code == 201
    assert {(each.status_code, each.json()["type"], each.json()["detail"]) for each in answers} == {
        (422, "/problems/idempotency-key-reused", answers[0].json()["detail"])
    }
    again = await li.post("/complaints/v1/cases", json={**body, "person_id": mine}, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_a_broken_glass_is_reviewed_by_somebody_else(director: Director, somebody: Somebody) -> None:
    person = await discharged(director, Patient.new())
    nurse, officer = somebody("wu", "nurse", "NEUR"), somebody("fang", "privacy-officer")
    path, key = f"/contacts/v1/persons/{person}/break-glass", {"idempotency-key": f"glass-{person}"}
    for body in ({"reason": "why not", "minutes": 5}, {"reason": REASON, "minutes": 61}):
        assert (await nurse.post(path, json=body)).status_code == 422
    first, again = [await nurse.post(path, json={"reason": REASON, "minutes": 5}, headers=key) for _ in range(2)]
    assert first.json()["event_ids"] == again.json()["event_ids"]
    await director.rest()

    _, body = await answered(officer, "/contacts/v1/access-reviews", status="open")
    [item] = [each for each in body["data"] if each["person_id"] == person]
    assert (item["broken_by"], item["reason"], item["status"]) == ("wu", REASON, "open")
    decision = f"/contacts/v1/access-reviews/{item['review_id']}/decision"
    assert (await nurse.post(decision, json={"justified": True})).status_code == 409
    assert (await officer.post(decision, json={"justified": True, "note": "in shock"})).status_code == 200
    await director.rest()
    _, body = await answered(officer, "/contacts/v1/access-reviews", status="decided")
    [item] = [each for each in body["data"] if each["person_id"] == person]
    assert (item["justified"], item["reviewed_by"], item["note"]) == (True, "fang", "in shock")


async def test_whoever_looks_or_tries_to_is_on_record_before_the_answer(director: Director, somebody: Somebody) -> None:
    person = await discharged(director, Patient.new())
    mine, theirs, officer = somebody("an", "nurse", "CARD"), somebody("bo", "nurse", "NEUR"), somebody("po", "officer")
    path = f"/contacts/v1/persons/{person}/360"
    for _ in range(3):
        assert (await answered(mine, path))[0] == 200
    assert (await answered(theirs, path))[0] == 404
    assert (await answered(mine, f"/followup/v1/tasks?person={person}"))[0] == 200
    await director.rest()
    status, accesses = await answered(officer, "/contacts/v1/accesses", person=person)
    assert status == 200
    nurses = [
        (row["reader"], row["service"], row["result"]) for row in accesses["data"] if row["reader"] in ("an", "bo")
    ]
    assert sorted(nurses) == [
        ("an", "contacts", "shown"),
        ("an", "followup", "shown"),
        ("bo", "contacts", "refused"),
    ], "the same look within a minute is one"
    await director.rest()
    _, again = await answered(officer, "/contacts/v1/accesses", reader_name="po")
    assert [row["persons"] for row in again["data"]] == [[person]], "who reads the record of looks is in it"
