"""What a form claims is shown as claimed and becomes a detail when somebody confirms it, over HTTP."""

from typing import Any
from uuid import uuid4

from deploy.demo.director import Director
from tests.flows.test_readers import fresh_phone, touch


async def test_a_claim_is_shown_and_confirmed_over_http(director: Director) -> None:
    phone, mail = fresh_phone(), f"{uuid4().hex}@x.example"
    known = [{"system": "phone", "value": phone}, {"system": "email", "value": mail}]
    form = touch(phone) | {"name": "李雷", "identifiers": known}
    await director.post("/contacts/v1/touchpoints", form)
    await director.rest()
    [row] = await director.find(f"phone|{phone}")
    assert (row["identity"]["name"], row["identity"]["claimed"]) == ("李雷", ["name", "phones"])
    view = await _view(director, row["person_id"])
    [claim] = [claim for claim in view["claims"] if claim["field"] == "email"]
    assert (claim["value"], view["identity"].get("email")) == (mail, None)
    path = f"/contacts/v1/persons/{claim['person_id']}/claims/{claim['claim_id']}/confirmation"
    assert (await director.http.post(path)).json()["status"] == "accepted"
    await director.rest()
    view = await _view(director, row["person_id"])
    assert (view["identity"]["email"], view["confirmed"]["email"]["claim_id"]) == (mail, claim["claim_id"])
    assert "email" not in [claim["field"] for claim in view["claims"]]
    assert (await director.http.post(path)).json()["status"] == "no-op"
    nobodys = await director.http.post(path.replace(claim["claim_id"], uuid4().hex))
    assert (nobodys.status_code, nobodys.json()["type"]) == (404, "/problems/claim-unknown")


async def _view(director: Director, person_id: str) -> Any:
    return (await director.http.get(f"/contacts/v1/persons/{person_id}/360")).json()["data"]
