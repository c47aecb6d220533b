"""The causal tree behind anything that happened: walks causation ids in every service's `causality`."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deploy.catalogue import NAMES
from shared import mongo
from shared.projector.views import Views

Document = dict[str, Any]


class NothingKnown(Exception):
    """No record names this id; the text says which ids can be traced."""


async def find(client: Any, id: str) -> list[Document]:
    """Every record that shares a correlation with whatever `id` names, oldest first. Raises `NothingKnown`.

    `id` may be an event, command, person, case, message, task, touchpoint or dead letter id, the CloudEvents id of
    an inbox record, or an HL7 control id (MSH-10). A record that was refused carries its dead letters.
    """
    databases = [Views(client[mongo.database_name(name)]) for name in NAMES]
    named = {"$or": [{"_id": id}, {"about": id}, {"subject": id}]}
    letters = [row for db in databases async for row in db["dead_letters"].find(_lettered(id))]
    places = {"where": {"$in": [letter["where"] for letter in letters]}}
    either, only = {"$or": [named, places]}, {"correlation": 1}
    correlations = {row["correlation"] for db in databases async for row in db["causality"].find(either, only)}
    if not (correlations or letters):
        raise NothingKnown(
            f"nothing is known of {id!r}: give an event, command, person, case, message, task, touchpoint, "
            "inbox record or dead letter id, or an HL7 control id"
        )
    among = {"correlation": {"$in": list(correlations)}}
    rows = {row["_id"]: row for db in databases async for row in db["causality"].find(among)}
    ordered = sorted(rows.values(), key=lambda row: (row["recorded"] or row["time"] or "", row["where"]))
    return await _with_letters(databases, ordered, letters)


def named_in(rows: Iterable[Document]) -> list[str]:
    """Every id that records are about, people's among them."""
    return [id for row in rows for id in (row.get("subject"), *row.get("about", ())) if id]


def _lettered(id: str) -> Document:
    """A dead letter by its id, by the first eight characters of it (as `dlq list` shows it), or by what it is about."""
    begins = [{"_id": {"$regex": f"^{id}"}}] if re.fullmatch("[0-9a-f]{8}", id) else []
    return {"$or": [{"_id": id}, {"about": id}, *begins]}


async def _with_letters(databases: list[Views], rows: list[Document], found: list[Document]) -> list[Document]:
    """Each row with its dead letters; letters about bytes that never became a record stand alone."""
    where = {"where": {"$in": [row["where"] for row in rows]}}
    letters = {letter["_id"]: letter for letter in found}
    letters |= {letter["_id"]: letter for db in databases async for letter in db["dead_letters"].find(where)}
    known = {row["where"] for row in rows}
    alone = [_lone(letter) for letter in letters.values() if letter["where"] not in known]
    ids = {"_id": {"$in": [row["_id"] for row in rows]}}
    became = {out["_id"]: out for db in databases async for out in db["command_outcomes"].find(ids)}
    at: dict[str, list[Document]] = {}
    for letter in letters.values():
        at.setdefault(letter["where"], []).append(letter)
    told = [{**row, "letters": at.get(row["where"], []), "outcome": _outcome(became.get(row["_id"]))} for row in rows]
    return told + alone


def _outcome(found: Document | None) -> str:
    """What became of a command: `rejected (case-unknown)`, `no-op`."""
    return "" if found is None else f"{found['status']} ({found['slug']})" if found["slug"] else str(found["status"])


def _lone(letter: Document) -> Document:
    place = {"where": letter["where"], "time": letter["first"], "cause": None, "trace": None, "said": {}, "outcome": ""}
    return {"_id": f"refused-{letter['_id']}", "type": "careloop.refused.v1", "letters": [letter], **place}


def read_spans(file: Path | None) -> dict[str, Document]:
    """The local span store by span id; empty where spans go elsewhere."""
    if file is None or not file.exists():
        return {}
    spans = (json.loads(line) for line in file.read_text().splitlines())
    return {span["span"]: span for span in spans}


def tree(rows: Iterable[Document], spans: dict[str, Document]) -> list[Document]:
    """Nested nodes {id, type, time, said, where, ms, outcome, refused, children}, roots first."""
    nodes = {row["_id"]: _node(row, spans) for row in rows}
    roots: list[Document] = []
    for row in rows:
        parent = nodes.get(row["cause"]) if row["cause"] != row["_id"] else None
        (parent["children"] if parent else roots).append(nodes[row["_id"]])
    return roots


def _node(row: Document, spans: dict[str, Document]) -> Document:
    parts = (row["trace"] or "").split("-")
    span = spans.get(parts[2]) if len(parts) == 4 else None
    return {
        "id": row["_id"],
        "type": row["type"],
        "time": row["time"],
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
