"""The causal tree behind anything that happened: walks causation ids in every service's `causality`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deploy.catalogue import NAMES
from shared import mongo

Document = dict[str, Any]


class NothingKnown(Exception):
    """No record names this id; the text says which ids can be traced."""


async def find(client: Any, id: str) -> list[Document]:
    """Every record that shares a correlation with whatever `id` names, oldest first. Raises `NothingKnown`.

    `id` may be an event, command, person, case, message or task id, or an HL7 control id (MSH-10).
    """
    databases = [client[mongo.database_name(name)]["causality"] for name in NAMES]
    where = {"$or": [{"_id": id}, {"about": id}, {"subject": id}, {"said.control_id": id}]}
    correlations = {row["correlation"] for c in databases async for row in c.find(where, {"correlation": 1})}
    if not correlations:
        raise NothingKnown(
            f"nothing is known of {id!r}: give an event, command, person, case, message, task or HL7 control id"
        )
    among = {"correlation": {"$in": list(correlations)}}
    rows = {row["_id"]: row for c in databases async for row in c.find(among)}
    return sorted(rows.values(), key=lambda row: (row["recorded"] or "", row["where"]))


def read_spans(file: Path | None) -> dict[str, Document]:
    """The local span store by span id; empty where spans go elsewhere."""
    if file is None or not file.exists():
        return {}
    spans = (json.loads(line) for line in file.read_text().splitlines())
    return {span["span"]: span for span in spans}


def tree(rows: Iterable[Document], spans: dict[str, Document]) -> list[Document]:
    """Nested nodes {id, type, time, said, where, service, ms, children}, roots first."""
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
        "children": [],
    }
