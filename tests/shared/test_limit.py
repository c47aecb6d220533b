"""Whether a document has room for an event depends on the log alone, however it is cut into batches."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared import mongo
from shared.projector import Item, Projection
from shared.projector.folding import by_document, fold
from shared.projector.limit import GROWTH, Limit
from shared.projector.model import Document

TOPIC = "careloop.notes.events.v1"
LARGEST = 16_000


def noted(before: Document | None, id: str, item: Item) -> Document | None:
    """Collect an event's text in the document, clear the texts, or remove the document."""
    text = item.raw["text"]
    if text == "remove":
        return None
    return {"texts": [] if text == "clear" else [*(before or {"texts": []})["texts"], text]}


NOTES = Projection("notes", ("notes",), None, lambda item: item.raw["ids"], noted, once=True)
NOTED = st.sampled_from([0, 10, 300, 950, 7000, 15_000, 30_000, "clear", "remove"])
EVENTS = st.lists(st.tuples(st.sets(st.sampled_from("ab"), min_size=1).map(sorted), NOTED), max_size=20)
CUTS = st.sets(st.integers(0, 20))


def log(events: list[tuple[list[str], int | str]]) -> list[Item]:
    """Each event concerns these documents and has a text of this length, or says what becomes of the texts."""
    items = []
    for offset, (ids, content) in enumerate(events):
        text = content if isinstance(content, str) else "x" * content
        items.append(Item(TOPIC, 0, offset, {"ids": ids, "text": text}, None, size=len(text) + 10))
    return items


def shown(items: list[Item], cuts: set[int], every: bool = False) -> tuple[dict[str, Document], set[int]]:
    """The documents, and the offsets passed by."""
    documents: dict[str, Any] = {}
    passed_by: set[int] = set()
    for start, end in pairwise(sorted({0, *cuts, len(items)})):
        touching = by_document(NOTES, items[start:end])
        limit = Limit({id: mongo.size(document) for id, document in documents.items()}, LARGEST, every)
        documents |= fold(NOTES, touching, documents, limit)
        documents = {id: document for id, document in documents.items() if document is not None}
        passed_by |= {item.offset for item in limit.passed_by}
    return documents, passed_by


@example([(["a"], length) for length in (15_000, 950, 950)], {1, 2}, set())
@given(EVENTS, CUTS, CUTS)
def test_any_batches_show_the_same_and_pass_the_same_events_by(
    events: list[tuple[list[str], int | str]], cuts: set[int], others: set[int]
) -> None:
    items = log(events)
    one_by_one = shown(items, set(range(len(items))), every=True)
    assert shown(items, cuts) == shown(items, others) == shown(items, cuts, every=True) == one_by_one
    assert all(mongo.size(document) <= LARGEST for document in one_by_one[0].values())


def test_what_is_too_large_is_passed_by_though_a_later_event_of_the_batch_makes_room() -> None:
    items = log([(["a"], 1), (["a"], 30_000), (["a"], "clear"), (["a"], 2)])
    for cuts in (set(), {1}, {2}, {1, 2, 3}):
        assert shown(items, cuts) == ({"a": {"_id": "a", "texts": ["xx"]}}, {1})


def test_an_event_is_passed_by_in_the_one_document_that_has_no_room_for_it() -> None:
    documents, passed_by = shown(log([(["a"], 15_000), (["a", "b"], 10_000)]), set())
    lengths = {id: [len(text) for text in document["texts"]] for id, document in documents.items()}
    assert (lengths, passed_by) == ({"a": [15_000], "b": [10_000]}, {1})


def test_a_document_with_room_to_spare_is_never_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = list[Document]()
    monkeypatch.setattr(mongo, "size", lambda document: measured.append(document) or 100)
    [item] = log([(["a"], 1)])
    limit = Limit({"a": LARGEST - 3 * GROWTH * item.size}, LARGEST)
    assert [limit.takes("a", {}, item) for _ in range(3)] == [True] * 3
    assert measured == []
    assert limit.takes("a", {}, item)
    assert measured == [{}]


def test_an_outgrown_estimate_is_found_where_every_event_is_measured() -> None:
    [item] = log([(["a"], 0)])
    much = {"much": "x" * LARGEST}
    assert Limit({}, LARGEST).takes("a", much, item)
    limit = Limit({}, LARGEST, every=True)
    assert not limit.takes("a", much, item)
    assert limit.passed_by == [item]
