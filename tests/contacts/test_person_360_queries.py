"""The 360 and the timeline of a human, read from a real database that the projector filled from a real log."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from deploy.catalogue import load, load_all
from deploy.operating.topics import prepare
from services.contacts.person_360 import queries
from services.contacts.person_360.clinical import SECTIONS
from services.contacts.person_360.composing import READ_FROM_EVENTS as ALL
from services.contacts.person_360.queries import People
from shared.auth import Verifier
from shared.bus.clients import partition_of
from shared.bus.topics import topic_name
from shared.bus.writing import Out, send_groups
from shared.contracts import followup
from shared.contracts.base import Event, changed
from shared.contracts.contacts import (
    ConsentChanged,
    PersonDetailsChanged,
    PersonErased,
    PersonRegistered,
    PersonsMerged,
    PersonsUnmerged,
    TouchpointRecorded,
)
from shared.contracts.facts import Coded, Visit
from shared.contracts.person_facts import AllergyRecorded, ChargePosted, DiagnosisRecorded, PatientAdmitted, ReportReady
from shared.host.app import build_app
from shared.problems import Problem
from shared.testing import envelope
from tests.contacts.test_domain import WANG
from tests.support.asgi import asked
from tests.support.counter import Running, running
from tests.support.parts import embedded_parts
from tests.support.tokens import Issuer

pytestmark = pytest.mark.wiring
NINE = datetime(2026, 3, 8, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KNOWN = NINE + DAY
"""When all of it was recorded, where a test does not say."""


class Log:
    """Events of several services, written to their topics; each key counts its own sequence numbers."""

    def __init__(self, worker: Running) -> None:
        self.worker, self._sequences = worker, dict[tuple[str, str], int]()

    async def publish(self, *events: Event, recorded: datetime = KNOWN) -> None:
        """Append the events and wait until they are shown."""
        for event in events:
            registry = event.key_field == "registry"
            service = f"{type(event).wire.split('.')[1]}{'-registry' if registry else ''}"
            sequence = self._sequences[service, event.key] = self._sequences.get((service, event.key), 0) + 1
            [value] = await self.worker.deps.codec.encode([envelope(event, sequence, service, recorded)])
            partition = partition_of(event.key, 1 if registry else 2)
            topic = topic_name(service, "events")
            await send_groups(self.worker.deps.producer, topic, partition, [[Out(event.key, value)]])
        await self.worker.rest()

    async def compose_360(
        self, person: str, as_of: datetime | None = None, known_at: datetime | None = None, sections: Any = ALL
    ) -> Any:
        """The 360 as the API reads it."""
        return await People(self.worker.deps).compose_360(person, as_of, known_at, sections)


@pytest.fixture(scope="module")
async def log(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Log]:
    async with embedded_parts(tmp_path_factory.mktemp("reading")) as settings:
        await prepare(load_all(settings), settings)
        async with running(settings, "projector", mark=False, service=load("contacts", settings)) as worker:
            yield Log(worker)


def registered(person: str, name: str = "王秀英") -> PersonRegistered:
    return PersonRegistered(at=NINE, person_id=person, details=changed(WANG, name=name))


def called(person: str, at: datetime = NINE, summary: str = "疼") -> TouchpointRecorded:
    return TouchpointRecorded(
        at=at, person_id=person, touchpoint_id="t", channel="phone", direction="inbound", summary=summary
    )


def reminded(person: str, at: datetime = NINE) -> followup.ReminderDue:
    return followup.ReminderDue(
        at=at, person_id=person, task_id="t", template="m", purpose="care", valid_until=NINE + DAY
    )


def entries(view: Any) -> list[tuple[str, str]]:
    """Whose each entry is, and of what type."""
    return [(entry["person_id"], entry["type"].split(".")[2]) for entry in view["timeline"]]


async def test_a_timeline_is_in_the_order_of_what_happened_and_in_one_instant_of_what_was_told(log: Log) -> None:
    await log.publish(registered("a1"), called("a1", NINE - DAY), called("a1"), reminded("a1"))
    assert entries(await log.compose_360("a1")) == [
        ("a1", "touchpoint_recorded"),
        ("a1", "person_registered"),
        ("a1", "touchpoint_recorded"),
        ("a1", "reminder_due"),
    ]


async def test_a_merge_shows_both_records_in_one_timeline_and_an_unmerge_gives_each_its_own(log: Log) -> None:
    await log.publish(
        registered("b1"), registered("b2", "王"), called("b2", NINE + HOUR), reminded("b1", NINE + 2 * HOUR)
    )
    alone = [await log.compose_360(person) for person in ("b1", "b2")]
    await log.publish(PersonsMerged(at=NINE, person_id="b1", merged_id="b2", cluster=("b1", "b2")))
    merged = [await log.compose_360(person) for person in ("b1", "b2")]
    whole = entries(merged[0])
    assert sorted(whole[:2]) == [("b1", "person_registered"), ("b2", "person_registered")]
    assert whole[2:] == [("b2", "touchpoint_recorded"), ("b1", "reminder_due")]
    assert merged[0]["timeline"] == merged[1]["timeline"]
    assert [view["identity"]["name"] for view in merged] == ["王秀英", "王"]
    assert [view["cluster"] for view in merged] == [["b1", "b2"]] * 2
    await log.publish(PersonsUnmerged(at=NINE, person_id="b1", separated_id="b2", clusters=(("b1",), ("b2",))))
    apart = [await log.compose_360(person) for person in ("b1", "b2")]
    assert [view["timeline"] for view in apart] == [view["timeline"] for view in alone]
    assert [view["counts"] for view in apart] == [view["counts"] for view in alone]


async def test_whoever_is_shown_a_human_was_shown_every_record_of_them(log: Log, tmp_path: Path) -> None:
    await log.publish(registered("r1"), registered("r2", "王"))
    await log.publish(PersonsMerged(at=NINE, person_id="r1", merged_id="r2", cluster=("r1", "r2")))
    issuer, app = Issuer(tmp_path), build_app(log.worker.deps, ["api"])
    app.state.verifier = Verifier(issuer.auth)
    held = {"authorization": f"Bearer {issuer.token('contacts:read', sub='whole')}"}
    view = "/v1/persons/r2/360"
    assert (await asked(app, view, headers=held, method="GET")).status == 200
    for query, status in (("sections=record,results", 200), ("sections=", 422), ("sections=secrets", 422)):
        assert (await asked(app, f"{view}?{query}", headers=held, method="GET")).status == status
    await log.worker.rest()
    access = await log.worker.deps.database["accesses"].find_one({"reader": "whole"})
    assert access
    assert access["persons"] == ["r2", "r1"]


async def test_of_an_erased_person_entries_stand_without_their_words(log: Log) -> None:
    await log.publish(registered("c1"), called("c1"), registered("c2"), called("c2"))
    await log.publish(PersonErased(at=NINE, person_id="c1", cluster=("c1",), keys=("c1",), requested_by="clerk"))
    await log.worker.deps.ring.destroy(["c1"])
    erased, other = await log.compose_360("c1"), await log.compose_360("c2")
    assert (erased["erased"], erased["identity"], erased["counts"]["TouchpointRecorded"]) == (True, {}, 1)
    assert [entry["data"].get("summary") for entry in erased["timeline"]] == [None, None]
    assert "王秀英" not in str(erased)
    assert (other["erased"], other["timeline"][1]["data"]["summary"]) == (False, "疼")


async def test_the_360_as_of_then_holds_what_had_happened_and_as_known_then_what_had_been_told(log: Log) -> None:
    visit = Visit(visit_id="v", department="CARD")
    admitted = PatientAdmitted(at=NINE + HOUR, person_id="d1", source_key="k", visit=visit)
    no = ConsentChanged(at=NINE + 2 * HOUR, person_id="d1", purpose="survey", granted=False)
    renamed = PersonDetailsChanged(
        at=NINE + 3 * HOUR, person_id="d1", details=changed(WANG, name="王秀兰"), changed=("name",)
    )
    await log.publish(registered("d1"), admitted, no)
    await log.publish(renamed, recorded=KNOWN + DAY)
    now = await log.compose_360("d1")
    assert (now["identity"]["name"], now["consents"], len(now["visits"])) == ("王秀兰", {"survey": False}, 1)
    then = await log.compose_360("d1", as_of=NINE + HOUR)
    assert (then["identity"]["name"], then["consents"], len(then["visits"])) == ("王秀英", {}, 1)
    assert entries(then) == [("d1", "person_registered"), ("d1", "patient_admitted")]
    view = await log.compose_360("d1", known_at=KNOWN)
    assert (view["identity"]["name"], view["consents"], len(view["timeline"])) == ("王秀英", {"survey": False}, 3)
    both = await log.compose_360("d1", as_of=NINE, known_at=KNOWN)
    assert (both["counts"], len(both["timeline"])) == ({"PersonRegistered": 1}, 1)
    assert (await log.compose_360("d1", as_of=NINE - DAY))["timeline"] == []


async def test_who_is_erased_today_was_nobody_then_either(log: Log) -> None:
    await log.publish(registered("e1"))
    await log.publish(PersonErased(at=NINE + DAY, person_id="e1", cluster=("e1",), keys=("e1",), requested_by="clerk"))
    then = await log.compose_360("e1", as_of=NINE)
    assert (then["erased"], then["identity"], then["counts"]) == (True, {}, {"PersonRegistered": 1})


async def test_of_a_long_story_the_newest_500_entries_are_shown_oldest_first(log: Log) -> None:
    calls = [called("f1", NINE + timedelta(minutes=number), str(number)) for number in range(503)]
    await log.publish(registered("f1"), *calls)
    shown = (await log.compose_360("f1"))["timeline"]
    assert [entry["data"]["summary"] for entry in shown] == [str(number) for number in range(3, 503)]


async def test_nobody_is_shown_by_an_id_that_nobody_has(log: Log) -> None:
    with pytest.raises(Problem, match="no person nobody"):
        await log.compose_360("nobody")


async def test_people_are_found_by_their_identifiers_with_who_they_say_they_are(log: Log) -> None:
    await log.publish(registered("g1"))
    people = People(log.worker.deps)
    [named] = await people.named(["g1", "nobody"])
    assert (named["person_id"], named["identity"]["name"]) == ("g1", "王秀英")
    assert await people.by_identifier(["unheard-of"]) == []


def clinical(person: str, at: datetime = NINE) -> list[Event]:
    """A diagnosis, an allergy, a result and a charge."""
    head: Any = {"at": at, "person_id": person, "source_key": f"k-{person}"}
    what = Coded(code="I10", text="高血压")
    return [
        DiagnosisRecorded(**head, item_id=f"d-{person}", what=what, visit_id="v"),
        AllergyRecorded(**head, item_id=f"a-{person}", what=Coded(text="青霉素")),
        ReportReady(**head, report_id=f"r-{person}", title="血钾", abnormal=True, critical=True),
        ChargePosted(**head, charge_id=f"c-{person}", amount=Decimal("12.50"), what=what),
    ]


def told(view: Any) -> tuple[list[str], list[str], list[str], list[str]]:
    """Diagnoses, allergies and results by their texts, and the sums."""
    diagnoses, allergies = [[row["text"] for row in view[name]] for name in ("diagnoses", "allergies")]
    return diagnoses, allergies, [row["title"] for row in view["results"]], [each["total"] for each in view["spend"]]


ALL_OF_IT = (["高血压"], ["青霉素"], ["血钾"], ["12.50"])
NONE_OF_IT: tuple[list[str], ...] = ([], [], [], [])


async def test_diagnoses_allergies_results_and_spend_obey_both_clocks(log: Log) -> None:
    await log.publish(registered("s1"), recorded=NINE)
    await log.publish(*clinical("s1", NINE + DAY), recorded=NINE + 3 * DAY)
    assert told(await log.compose_360("s1")) == ALL_OF_IT
    assert told(await log.compose_360("s1", as_of=NINE + HOUR)) == NONE_OF_IT
    assert told(await log.compose_360("s1", as_of=NINE + DAY)) == ALL_OF_IT
    assert told(await log.compose_360("s1", known_at=NINE + 2 * DAY)) == NONE_OF_IT
    assert told(await log.compose_360("s1", known_at=NINE + 3 * DAY)) == ALL_OF_IT


async def test_they_are_those_of_all_records_of_a_human(log: Log) -> None:
    await log.publish(registered("s2"), registered("s3"), *clinical("s3"))
    assert told(await log.compose_360("s2")) == NONE_OF_IT
    await log.publish(PersonsMerged(at=NINE, person_id="s2", merged_id="s3", cluster=("s2", "s3")))
    assert told(await log.compose_360("s2")) == ALL_OF_IT


async def test_of_an_erased_person_what_was_charged_is_left_and_nothing_says_for_what(log: Log) -> None:
    await log.publish(registered("s4"), *clinical("s4"))
    await log.publish(PersonErased(at=NINE, person_id="s4", cluster=("s4",), keys=("s4", "k-s4"), requested_by="clerk"))
    await log.worker.deps.ring.destroy(["s4", "k-s4"])
    view = await log.compose_360("s4")
    assert told(view) == ([], [], [], ["12.50"])
    assert (view["charges"][0]["text"], view["charges"][0]["code"]) == (None, None)


async def test_a_section_of_which_older_facts_are_left_out_is_named(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SECTIONS, "spend", ((ChargePosted,), 2))
    await log.publish(registered("s5"))
    charges = [changed(clinical("s5")[-1], charge_id=f"c{number}", at=NINE + number * HOUR) for number in range(3)]
    await log.publish(*charges)
    view = await log.compose_360("s5")
    assert (view["incomplete"], [row["charge_id"] for row in view["charges"]]) == (["spend"], ["c2", "c1"])


@pytest.mark.parametrize(
    ("sections", "events"),
    [((), 0), (("allergies",), 1), (("timeline",), 5), (("diagnoses", "spend"), 2), (tuple(ALL), 9)],
)
async def test_only_what_is_asked_for_is_decrypted_and_answered_as_ever(
    log: Log, monkeypatch: pytest.MonkeyPatch, sections: tuple[str, ...], events: int
) -> None:
    person = f"t-{'-'.join(sections)}"
    await log.publish(registered(person), *clinical(person))
    whole, decrypted, opened = await log.compose_360(person), list[Any](), queries.opened

    async def counted(codec: Any, rows: Any) -> Any:
        decrypted.extend(rows)
        return await opened(codec, rows)

    monkeypatch.setattr(queries, "opened", counted)
    part = await log.compose_360(person, sections=sections)
    left_out = {field for section, fields in ALL.items() if section not in sections for field in fields}
    assert part == {name: value for name, value in whole.items() if name not in left_out}
    assert len(decrypted) == events
