"""Where we fetch or are told by machines: the rows of a view, the export of a FHIR server, the tickets of a queue."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from careloop_client.his_adapter.models import Ticket
from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.pulling.fhir.definitions import Feed
from shared.contracts.base import changed
from tests.conftest import SHANGHAI
from tests.flows import test_feeds, test_tables
from tests.flows.doors import resources
from tests.flows.scenes import Scene
from tests.support.bulk import BulkServer
from tests.support.planted import Person


async def rows_of_a_view(scene: Scene) -> None:
    """A row that is right, one without a number, one with a person where a time belongs."""
    who, now = Person.new(scene.planted, "view"), scene.director.clock().astimezone(SHANGHAI)
    came = f"{now - timedelta(days=1):%Y-%m-%d %H:%M}"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "his.sqlite"
        test_tables.add(
            file,
            (who.mrn, who.visit, came, None, "CARD", 1),
            ("", who.visit, came, None, who.name, 2),
            (who.mrn, who.visit, who.phone, None, "CARD", 3),
        )
        where = {"url": f"sqlite:///{file}", "view": "v_stay", "watermark": "seq", "every_seconds": 1}
        columns = test_tables.COLUMNS
        table = Table.model_validate({"id": "marked", "version": 1, "rows": "visits", "columns": columns, **where})
        await test_tables.publish(scene.system, table)
        await test_feeds.shows(scene.director, "marked", kind="table", read=3)
        await test_tables.publish(scene.system, changed(table, version=2, status="retired"))


async def the_export_of_a_server(scene: Scene) -> None:
    """Resources that are right, one that is wrong, what the server says went wrong, each with somebody in it."""
    who, server, director = Person.new(scene.planted, "export"), BulkServer(token=""), scene.director
    patient, stay = resources(who, scene, "export")
    wrong = {**stay, "id": scene.planted.word("export", "fhir-id"), "status": who.name}
    server.files = {"Encounter": [stay, wrong], "Patient": [patient, {**patient, "birthDate": who.phone}]}
    issue = {"severity": "error", "code": "exception", "diagnostics": f"{who.name} {who.mrn} cannot be read"}
    server.errors, server.time = [{"resourceType": "OperationOutcome", "issue": [issue]}], director.clock().isoformat()
    feed = Feed(id="marked", version=1, url=server.url, every_minutes=30)
    with server.running():
        await test_feeds.publish(scene.system, feed)
        await test_feeds.shows(director, feed.id, since=server.time)
        await test_feeds.publish(scene.system, changed(feed, version=2, status="retired"))


async def the_tickets_of_a_queue(scene: Scene) -> None:
    """A ticket that is right, one with times that go backwards, one with a person where a time belongs."""
    who, now = Person.new(scene.planted, "queue"), scene.director.clock()
    times: dict[Any, Any] = {"arrived": now.isoformat(), "registered": (now + timedelta(minutes=12)).isoformat()}
    ticket: dict[str, Any] = {"queue": "q3", "ticket": uuid4().hex, "number": who.mrn, "times": times}
    await scene.director.careloop.his_adapter.report_queue_ticket(Ticket(**ticket))
    for wrong in ({**times, "called": (now - timedelta(hours=1)).isoformat()}, {**times, "called": who.phone}):
        await scene.asks("/his/v1/queue-tickets", {**ticket, "times": wrong}, 422)
    await scene.asks("/his/v1/queue-tickets", {**ticket, who.latin: who.name}, 422)
