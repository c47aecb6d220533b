"""Build the causal tree of an id, from the causation ids in the `causality` collection of every service."""

import asyncio
import json
import os
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.catalogue import SERVICE_NAMES
from deploy.operating.persons import persons_among
from shared import mongo
from shared.projector.views import Views

Document = dict[str, Any]
MOST_BYTES = 64 << 20
"""How much of the span file is read, from its end: some 250,000 spans."""
BLOCK_BYTES = 1 << 20
_SPAN = re.compile(rb'"span": "([0-9a-f]{16})"')


class NothingKnown(Exception):
    """No record has this id; the text lists the ids that can be traced."""


async def find(client: Any, id: str) -> list[Document]:
    """Return all records with the correlation ids of the records that match `id`, oldest first.

    `id` may be an event, command, person, case, message, task, touchpoint or dead letter id, the CloudEvents id of
    an inbox record, or an HL7 control id (MSH-10). A refused record holds its dead letters. Raises `NothingKnown`.
    """
    databases = [Views(client[mongo.database_name(name)]) for name in SERVICE_NAMES]
    with_id = {"$or": [{"_id": id}, {"about": id}, {"subject": id}]}
    letters = [row for db in databases async for row in db["dead_letters"].find(_letter_filter(id))]
    with_letter = {"where": {"$in": [letter["where"] for letter in letters]}}
    matching, fields = {"$or": [with_id, with_letter]}, {"correlation": 1}
    correlations = {row["correlation"] for db in databases async for row in db["causality"].find(matching, fields)}
    if not (correlations or letters):
        raise NothingKnown(
            f"nothing is known of {id!r}: give an event, command, person, case, message, task, touchpoint, "
            "inbox record or dead letter id, or an HL7 control id"
        )
    correlated = {"correlation": {"$in": list(correlations)}}
    rows = {row["_id"]: row for db in databases async for row in db["causality"].find(correlated)}
    ordered = sorted(rows.values(), key=lambda row: (row["recorded"] or row["time"] or "", row["where"]))
    return await _with_letters(databases, ordered, letters)


@dataclass(frozen=True, slots=True)
class Traced:
    """The causal trees of an id, the persons that they are about, and the places of their records.

    `spans_left_out`: some records have no duration, as older spans were not read.
    """

    roots: list[Document]
    persons: list[str]
    places: list[str]
    spans_left_out: bool = False

    @property
    def resources(self) -> list[str]:
        """What an access event names where nobody is known whom it is about."""
        return [] if self.persons else self.places


async def traced(client: Any, span_file: Path | None, id: str) -> Traced:
    """Return what is known of an id, as of `find`. Raises `NothingKnown`."""
    rows = await find(client, id)
    persons = await persons_among(client, named_in(rows))
    wanted = {span for row in rows if (span := _span_of(row))}
    spans, left_out = await asyncio.to_thread(read_spans, span_file, wanted)
    return Traced(tree(rows, spans), persons, [row["where"] for row in rows], left_out)


def named_in(rows: Iterable[Document]) -> list[str]:
    """Return all ids that records are about, person ids included."""
    return [id for row in rows for id in (row.get("subject"), *row.get("about", ())) if id]


def _letter_filter(id: str) -> Document:
    """Return the filter for dead letters by id, by its first eight characters (as in `dlq list`), or by `about`."""
    with_prefix = [{"_id": {"$regex": f"^{id}"}}] if re.fullmatch("[0-9a-f]{8}", id) else []
    return {"$or": [{"_id": id}, {"about": id}, *with_prefix]}


async def _with_letters(databases: list[Views], rows: list[Document], matching: list[Document]) -> list[Document]:
    """Add dead letters and outcomes to rows; a letter about bytes that never became a record gets a row of its own."""
    where = {"where": {"$in": [row["where"] for row in rows]}}
    letters = {letter["_id"]: letter for letter in matching}
    letters |= {letter["_id"]: letter for db in databases async for letter in db["dead_letters"].find(where)}
    places = {row["where"] for row in rows}
    without_row = [_row_of(letter) for letter in letters.values() if letter["where"] not in places]
    ids = {"_id": {"$in": [row["_id"] for row in rows]}}
    outcomes = {row["_id"]: _outcome(row) for db in databases async for row in db["command_outcomes"].find(ids)}
    at: dict[str, list[Document]] = {}
    for letter in letters.values():
        at.setdefault(letter["where"], []).append(letter)
    with_row = [{**row, "letters": at.get(row["where"], []), "outcome": outcomes.get(row["_id"], "")} for row in rows]
    return with_row + without_row


def _outcome(row: Document) -> str:
    """Return the outcome of a command as text: `rejected (case-unknown)`, `no-op`."""
    return f"{row['status']} ({row['slug']})" if row["slug"] else str(row["status"])


def _row_of(letter: Document) -> Document:
    place = {"where": letter["where"], "time": letter["first"], "cause": None, "trace": None, "said": {}, "outcome": ""}
    return {"_id": f"refused-{letter['_id']}", "type": "careloop.refused.v1", "letters": [letter], **place}


def read_spans(file: Path | None, wanted: Collection[str], most: int = MOST_BYTES) -> tuple[dict[str, Document], bool]:
    """Return span id → span of the local span file, and whether some may stand before its last `most` bytes.

    It is read from its end, where new spans are, and not farther than to the last one that is `wanted`.
    """
    spans: dict[str, Document] = {}
    if file is None or not file.exists():
        return spans, False
    with file.open("rb") as opened:
        end = opened.seek(0, os.SEEK_END)
        floor, rest = max(0, end - most), b""
        while end > floor and len(spans) < len(wanted):
            start = max(floor, end - BLOCK_BYTES)
            opened.seek(start)
            first, newline, lines = (opened.read(end - start) + rest).partition(b"\n")
            if start == 0:
                first, lines = b"", first + newline + lines
            spans |= {span["span"]: span for span in _spans_in(lines, wanted)}
            rest, end = first + newline, start
    return spans, 0 < end == floor and len(spans) < len(wanted)


def _spans_in(lines: bytes, wanted: Collection[str]) -> Iterator[Document]:
    """Yield the wanted spans of lines; the last one may be unfinished."""
    for line in lines.splitlines(keepends=True):
        match = _SPAN.search(line)
        if match and match[1].decode() in wanted and line.endswith(b"\n"):
            yield json.loads(line)


def _span_of(row: Document) -> str | None:
    """Return the id of the span in which a record was worked on, from its `traceparent`."""
    parts = (row["trace"] or "").split("-")
    return parts[2] if len(parts) == 4 else None


def tree(rows: Iterable[Document], spans: dict[str, Document]) -> list[Document]:
    """Return the root nodes {id, type, time, said, where, ms, outcome, refused, children, …}, nested by cause."""
    nodes = {row["_id"]: _node(row, spans) for row in rows}
    roots: list[Document] = []
    for row in rows:
        parent = nodes.get(row["cause"]) if row["cause"] != row["_id"] else None
        (parent["children"] if parent else roots).append(nodes[row["_id"]])
    return roots


def in_order(roots: Iterable[Document]) -> Iterator[tuple[int, Document]]:
    """Yield each node of trees with its depth, a cause before what it caused. A tree may be deeper than the stack."""
    stack = [(0, root) for root in reversed(list(roots))]
    while stack:
        depth, node = stack.pop()
        yield depth, node
        stack += [(depth + 1, child) for child in reversed(node["children"])]


def _node(row: Document, spans: dict[str, Document]) -> Document:
    parts = (row["trace"] or "").split("-")
    span = spans.get(_span_of(row) or "")
    return {
        "id": row["_id"],
        "type": row["type"],
        "time": row["time"],
        "recorded": row.get("recorded"),
        "said": row["said"],
        "where": row["where"],
        "trace": parts[1] if len(parts) == 4 else None,
        "span": span["name"] if span else None,
        "ms": span["ms"] if span else None,
        "started": span["start"] if span else None,
        "outcome": row["outcome"],
        "refused": [_letter(letter) for letter in row["letters"]],
        "children": [],
    }


def _letter(letter: Document) -> Document:
    return {"id": letter["_id"], **{name: letter[name] for name in ("reason", "detail", "reader", "redriven")}}
