"""A server that does not push is read: its history first, messaging nobody, then what changed."""

from datetime import datetime, timedelta
from typing import Any

from deploy.demo.director import Director
from deploy.local.system import System
from deploy.publishing.definition_store import compare, published, write
from services.his_adapter.pulling.fhir.definitions import Feed
from shared.contracts.base import changed
from tests.flows.test_fhir import record, stay
from tests.flows.test_hospital import timeline_types
from tests.support.bulk import BulkServer
from tests.support.eventually import eventually
from tests.support.systems import Patient


async def publish(system: System, feed: Feed) -> None:
    await write(system.settings, compare([feed], await published(system.settings.kafka)), "an interface engineer")


async def shows(director: Director, feed: str, kind: str = "feed", **wanted: Any) -> dict[str, Any]:
    """The feed as operations see it, once it shows what is wanted."""

    async def look() -> dict[str, Any]:
        rows = (await director.careloop.his_adapter.list_feeds()).data
        return next((row.model_dump() for row in rows if row.feed == f"{kind}/{feed}"), {})

    return await eventually(look, lambda row: row and wanted.items() <= row.items(), seconds=60)


async def test_an_export_is_read_to_its_end_though_it_breaks_off_and_messages_nobody(
    system: System, director: Director
) -> None:
    people, server = [Patient.new() for _ in range(3)], BulkServer(token="")
    server.files["Encounter"] = [stay(who, director, "finished") for who in people] + [b'{"resourceType":"Encounter"}']
    server.files["Patient"] = [record(who, director) for who in people]
    server.breaks, server.refuses = 2, True
    server.time = director.clock().isoformat()
    feed = Feed(id="fhir-main", version=1, url=server.url, every_minutes=30)
    with server.running():
        await publish(system, feed)
        trouble = await shows(director, feed.id, trouble="the kick-off was answered 401: who are you?")
        assert trouble["since"] == ""
        server.refuses = False
        whole = await shows(director, feed.id, trouble="", since=server.time)
        assert whole["position"]["status_url"] == ""
        assert server.ended == 1
        for who in people:
            shown = await timeline_types(director, who)
            assert shown.count("patient_discharged") == 1
            assert director.mails_to(who.mail) == []
        assert "enrolled_in_plan" not in await timeline_types(director, people[0])

        server.files = {"Encounter": [stay(people[0], director, "cancelled")]}
        director.clock.set(director.clock().replace(hour=23), 0)
        server.time = director.clock().isoformat()
        await shows(director, feed.id, since=server.time)
        overlap = datetime.fromisoformat(whole["since"]) - datetime.fromisoformat(server.asked[-1]["_since"])
        assert overlap == timedelta(minutes=10)
        assert "visit_cancelled" in await timeline_types(director, people[0])
        await publish(system, changed(feed, version=2, status="retired"))
