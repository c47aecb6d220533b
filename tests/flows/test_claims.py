"""What a form claims is shown as claimed and becomes a detail when somebody confirms it, over HTTP."""

from uuid import uuid4

import pytest

from careloop_client import ProblemAnswered
from careloop_client.contacts.models import TouchpointReported
from deploy.demo.director import Director
from tests.flows.test_readers import fresh_phone, touch


async def test_a_claim_is_shown_and_confirmed_over_http(director: Director) -> None:
    phone, mail = fresh_phone(), f"{uuid4().hex}@x.example"
    identifiers = [{"system": "phone", "value": phone}, {"system": "email", "value": mail}]
    form, contacts = touch(phone) | {"name": "李雷", "identifiers": identifiers}, director.careloop.contacts
    await contacts.report_touchpoint(TouchpointReported(**form))
    await director.rest()
    [row] = await director.find(f"phone|{phone}")
    assert (row.identity.name, row.identity.claimed) == ("李雷", ["name", "phones"])
    view = (await contacts.view_person(row.person_id)).data
    [claim] = [claim for claim in view.claims if claim.field == "email"]
    assert (claim.value, view.identity.email) == (mail, None)
    assert (await contacts.confirm_claim(claim.person_id, claim.claim_id)).status == "accepted"
    await director.rest()
    view = (await contacts.view_person(row.person_id)).data
    assert (view.identity.email, view.confirmed["email"].claim_id) == (mail, claim.claim_id)
    assert "email" not in [claim.field for claim in view.claims]
    assert (await contacts.confirm_claim(claim.person_id, claim.claim_id)).status == "no-op"
    with pytest.raises(ProblemAnswered, match="404 claim-unknown"):
        await contacts.confirm_claim(claim.person_id, uuid4().hex)
