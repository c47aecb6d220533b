"""An operator asks over HTTP what the command line asks, and does what it does: the same code, on record by name."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from careloop_client import CareLoop, ProblemAnswered
from careloop_client.ops.models import NewRebuild, Repair
from deploy.demo.director import Director
from deploy.local.system import System
from shared.tokens import mint_token
from tests.conftest import SHANGHAI
from tests.flows.test_hospital import timeline_types
from tests.support.eventually import eventually
from tests.support.systems import Patient, discharged

Operators = Callable[..., CareLoop]


@pytest.fixture
async def operator(system: System) -> AsyncIterator[Operators]:
    """Makes the client of an operator with some scopes."""
    key, made = system.settings.data_dir / "token-key.pem", list[httpx.AsyncClient]()

    def client(*scopes: str) -> CareLoop:
        token = mint_token(key, system.settings.auth, "han-ops", list(scopes), timedelta(hours=1), roles=["operations"])
        headers = {"authorization": f"Bearer {token}", "purpose-of-use": "HSYSADMIN"}
        made.append(httpx.AsyncClient(base_url=system.options.url, headers=headers, timeout=30))
        return CareLoop(made[-1])

    yield client
    for http in made:
        await http.aclose()


async def looks(director: Director) -> list[Any]:
    """What is on record of this operator."""
    return (await director.careloop.contacts.list_accesses(reader_name="han-ops", limit=500)).data


async def test_status_and_checks_tell_of_every_process(operator: Operators, director: Director) -> None:
    ops = operator("ops:read").ops
    await director.rest()
    status = await ops.get_status()
    assert status.ready
    assert {"contacts", "his_adapter", "console", "ops"} <= {each.process for each in status.processes}
    groups = {group.group: group for each in status.processes for group in each.groups}
    assert groups["notify.decider"].lag == 0
    checks = (await ops.list_checks()).data
    assert [each.what for each in checks if not each.ok] == []
    assert {"broker", "keys", "processes"} <= {each.what for each in checks}
    assert "exposure" not in {each.what for each in checks}


async def test_a_trace_is_the_tree_of_causes_and_on_record_with_whom_it_is_about(
    operator: Operators, director: Director
) -> None:
    patient = Patient.new()
    person = await discharged(director, patient)
    await director.rest()
    ops = operator("ops:read").ops
    records = (await ops.find_trace(id=f"OUT-{patient.mrn}")).data
    types = [each.type.removeprefix("careloop.").removesuffix(".v1") for each in records]
    assert types[0] == "his-adapter.hospital_message_received"
    assert "followup.task_scheduled" in types
    assert max(each.depth for each in records) > 3
    [look] = await looked(director, "GET /v1/traces")
    assert (look.service, look.purpose, look.result, look.persons) == ("ops", "HSYSADMIN", "shown", [person])
    with pytest.raises(ProblemAnswered, match="trace-unknown"):
        await ops.find_trace(id="nothing")


async def looked(director: Director, route: str) -> list[Any]:
    """The accesses by a route, once there are any."""

    async def look() -> list[Any]:
        return [each for each in await looks(director) if each.route == route]

    return await eventually(look)


async def test_a_refused_message_is_read_repaired_and_sent_again(operator: Operators, director: Director) -> None:
    who, now = Patient.new(), director.clock().astimezone(SHANGHAI)
    whole = who.says("ADT^A01", "R", now)
    assert "MSA|AE" in await director.mllp(whole.replace("PID|", "PIX|"))
    reading, writing = operator("ops:read").ops, operator("ops:write").ops

    async def mine() -> list[Any]:
        listed = (await reading.list_dead_letters(reason="hl7-broken", limit=500)).data
        return [each for each in listed if f"R-{who.mrn}" in each.about]

    [letter] = await eventually(mine)
    assert (await reading.get_dead_letter(letter.id)).detail == letter.detail
    content = await reading.get_dead_letter_content(letter.id)
    assert who.mrn in content.editable
    assert content.marked == ["the message has no PID segment"]
    with pytest.raises(ProblemAnswered, match="scope-missing"):
        await reading.redrive_dead_letter(letter.id, Repair())
    with pytest.raises(ProblemAnswered, match="letter-refused-again") as refused:
        await writing.redrive_dead_letter(letter.id, Repair())
    assert "PID-3" in refused.value.detail
    repaired = Repair(content=content.editable.replace("PIX|", "PID|"))
    assert "MSA|AA" in (await writing.redrive_dead_letter(letter.id, repaired)).detail
    assert await mine() == []
    assert "patient_admitted" in await timeline_types(director, who)
    [look] = await looked(director, "GET /v1/dead-letters/{id}/content")
    assert letter.place in look.resources
    assert await looked(director, "POST /v1/dead-letters/{id}/redrive")
    with pytest.raises(ProblemAnswered, match="dead-letter-unknown"):
        await reading.get_dead_letter("nothing")


async def test_a_collection_is_rebuilt_and_its_progress_asked(operator: Operators, director: Director) -> None:
    await director.rest()
    ops = operator("ops:read", "ops:write").ops
    names = (await ops.list_collections()).data
    assert "complaints.cases" in names
    with pytest.raises(ProblemAnswered, match="collection-unknown"):
        await ops.start_rebuild(NewRebuild(collection="complaints.nothing"))
    started = await ops.start_rebuild(NewRebuild(collection="complaints.cases"))

    async def done() -> Any:
        state = await ops.get_rebuild(started.id)
        return state if state.state != "running" else None

    state = await eventually(done)
    assert (state.state, state.started_by, state.read) == ("swapped", "han-ops", state.total)
    assert (await ops.list_rebuilds()).data[0].id == started.id
    with pytest.raises(ProblemAnswered, match="rebuild-unknown"):
        await ops.get_rebuild("nothing")
