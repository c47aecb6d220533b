"""Folding a batch into documents: pure."""

from collections.abc import Iterable

from shared.projector.model import Document, Item, Projection

SEEN = "_seen"
CAUSE = "_cause"


def touched(projection: Projection, items: Iterable[Item]) -> set[str]:
    """The ids of all documents a batch touches."""
    return {id for item in items if projection.wants(item) for id in projection.keys(item)}


def fold(projection: Projection, items: Iterable[Item], found: dict[str, Document]) -> dict[str, Document | None]:
    """The documents that change, each folded over the whole batch."""
    changed: dict[str, Document | None] = {}
    for item in items:
        if not projection.wants(item):
            continue
        for id in projection.keys(item):
            before = changed[id] if id in changed else found.get(id)
            after = _one(projection, before, id, item)
            if after is not before:
                changed[id] = after
    return changed


def _one(projection: Projection, before: Document | None, id: str, item: Item) -> Document | None:
    """One step, unless this document has seen the event's sequence already (first in log order wins)."""
    if projection.once or item.envelope is None:
        after = projection.fold(before, id, item)
        return after if after is None or after is before else {**after, "_id": id}
    line = f"{item.topic.split('.')[1]}/{item.envelope.key}"
    seen = (before or {}).get(SEEN, {})
    if item.envelope.sequence <= seen.get(line, 0):
        return before
    after = projection.fold(before, id, item)
    if after is None:
        return None
    cause = {"correlation": item.envelope.correlation_id, "event": item.envelope.id}
    return {**after, "_id": id, SEEN: {**seen, line: item.envelope.sequence}, CAUSE: cause}


def public(document: Document) -> Document:
    """A document without what the runtime keeps in it."""
    return {name: value for name, value in document.items() if not name.startswith("_")}
