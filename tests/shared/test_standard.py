"""The standard collections: order of partitions does not matter, later words on a letter do."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.his_adapter.projections import MESSAGES
from shared.ids import inbox_id
from shared.projector import Item, Projection
from shared.projector.standard import Trace, standard
from shared.testing import Shows, interleaved

CAUSALITY, OUTCOMES, LETTERS = standard(
    "contacts", also=("careloop.contacts.inbox.v1",), trace=Trace(ids=("touchpoint_id",))
)
TIME = "2026-03-09T09:00:00+00:00"


def item(topic: str, partition: int, offset: int, **raw: Any) -> Item:
    return Item(topic, partition, offset, {"type": "t", "time": TIME, "recordedtime": TIME, **raw}, None)


def touch(partition: int, offset: int, id: str = "1", source: str = "/pbx") -> Item:
    data = {"touchpoint_id": "t", "reason": "Mr Wang"}
    return item("careloop.contacts.inbox.v1", partition, offset, id=id, source=source, data=data)


def folded(projection: Projection, items: list[Item]) -> dict[str, Any]:
    return Shows(projection).fold(items).documents


def letter(redriven: bool, about: str = "m", topic: str = "careloop.his-adapter.raw.v1") -> Item:
    fields = {"topic": topic, "partition": 0, "offset": 7, "reason": "r", "detail": "d", "reader": "x", "time": TIME}
    return item(
        "careloop.his-adapter.dlq",
        0,
        int(redriven),
        id="l",
        subject="l",
        data={**fields, "about": about} | {"redriven": redriven},
    )


@given(st.randoms(use_true_random=False))
def test_causes_do_not_depend_on_how_partitions_interleave(chance: random.Random) -> None:
    partitions = [[touch(0, 3), touch(0, 12)], [touch(1, 2), touch(1, 9, "2")], [touch(2, 1, source="/web")]]
    causes = folded(CAUSALITY, interleaved(partitions, chance))
    assert causes == folded(CAUSALITY, [one for partition in partitions for one in partition])
    assert causes[inbox_id("/pbx", "1")]["where"] == "careloop.contacts.inbox.v1-0@3"
    assert len(causes) == 3


def test_a_record_of_the_inbox_is_found_by_its_ids_and_tells_nothing_else() -> None:
    [row] = folded(CAUSALITY, [touch(0, 0)]).values()
    assert (row["about"], row["said"]) == (["1", "t"], {})


@pytest.mark.parametrize(
    ("first", "then", "shown"), [("failed", "accepted", "accepted"), ("accepted", "no-op", "accepted")]
)
def test_an_outcome_stays_but_for_a_failed_one(first: str, then: str, shown: str) -> None:
    outcomes = [
        item("careloop.contacts.outcomes.v1", 0, n, causationid="c", data={"status": s})
        for n, s in enumerate((first, then))
    ]
    assert folded(OUTCOMES, outcomes)["c"]["status"] == shown


@given(st.randoms(use_true_random=False))
def test_a_message_shows_what_became_of_it_however_topics_interleave(chance: random.Random) -> None:
    data = {"message_id": "m", "control_id": "c", "sender": "HIS", "message_type": "ADT^A01", "body_hash": "h"}
    raw = [item("careloop.his-adapter.raw.v1", 0, n, id="m", data=data) for n in (1, 2)]
    command = [item("careloop.his-adapter.commands.v1", 0, 1, id="c", data={"message_id": "m"})]
    fact = [item("careloop.his-adapter.events.v1", 0, 1, id="e", data={"message_id": "m"})]
    [row] = folded(MESSAGES, interleaved([raw, command, fact, [letter(False)]], chance)).values()
    assert (row["status"], row["repeats"], row["facts"], row["refused"]) == ("translated", 1, ["t"], "d")
    [row] = folded(MESSAGES, interleaved([raw, [letter(False)]], chance)).values()
    assert row["status"] == "refused"
    [row] = folded(MESSAGES, interleaved([raw, [letter(False), letter(True)]], chance)).values()
    assert row["status"] == "received"


def test_a_message_of_a_type_that_is_not_ours_says_so() -> None:
    data = {"message_id": "m", "control_id": "c", "sender": "HIS", "message_type": "MFN^M03", "body_hash": "h"}
    [row] = folded(MESSAGES, [item("careloop.his-adapter.raw.v1", 0, 1, id="m", data=data)]).values()
    assert row["status"] == "not-ours"
