"""Folds a batch into documents. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from shared.projector.limit import Limit
from shared.projector.model import Document, Item, Projection

SEEN = "_seen"
CAUSE = "_cause"


def by_document(projection: Projection, items: Iterable[Item]) -> dict[str, list[Item]]:
    """The items for each document that a batch touches, by its id, in the order of the batch."""
    touching: dict[str, list[Item]] = {}
    for item in items:
        if projection.wants(item):
            for id in projection.keys(item):
                touching.setdefault(id, []).append(item)
    return touching


def fold(
    projection: Projection,
    touching: Mapping[str, Sequence[Item]],
    stored: Mapping[str, Document],
    limit: Limit | None = None,
) -> dict[str, Document | None]:
    """The changed documents, each folded over its items of the batch, without those that `limit` skips."""
    changed: dict[str, Document | None] = {}
    for id, items in touching.items():
        document = before = stored.get(id)
        for item in items:
            after = _step(projection, document, id, item)
            if after is not document and (limit is None or limit.takes(id, after, item)):
                document = after
        if document is not before:
            changed[id] = document
    return changed


def _step(projection: Projection, before: Document | None, id: str, item: Item) -> Document | None:
    """One step, unless this document has seen the event's sequence already."""
    if projection.once or item.envelope is None:
        after = projection.fold(before, id, item)
        return after if after is None or after is before else {**after, "_id": id}
    line = f"{item.source}/{item.envelope.key}"
    seen = (before or {}).get(SEEN, {})
    if item.envelope.sequence <= seen.get(line, 0):
        return before
    after = projection.fold(before, id, item)
    if after is None:
        return None
    cause = {"correlation": item.envelope.correlation_id, "event": item.envelope.id}
    return {**after, "_id": id, SEEN: {**seen, line: item.envelope.sequence}, CAUSE: cause}


def public(document: Document) -> Document:
    """A document without the runtime's own fields."""
    return {name: value for name, value in document.items() if not name.startswith("_")}
