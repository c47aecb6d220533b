"""The 360 of one human, composed at read time over all their records: pure, from documents."""

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]


def compose(person_id: str, cluster: Sequence[str], records: Sequence[Document], timeline: list[Document]) -> Document:
    """Identity from the record asked for, filled from the others; visits and counts of all."""
    by_id = {record["_id"]: record for record in records}
    ordered = [by_id[id] for id in (person_id, *(id for id in cluster if id != person_id)) if id in by_id]
    identity: Document = {}
    for record in ordered:
        identity = {**record["identity"], **{name: v for name, v in identity.items() if v}}
    counts: dict[str, int] = {}
    for record in ordered:
        for name, count in record["counts"].items():
            counts[name] = counts.get(name, 0) + count
    return {
        "person_id": person_id,
        "cluster": list(cluster),
        "erased": any(record.get("erased") for record in ordered),
        "identity": identity,
        "visits": [visit for record in ordered for visit in record["visits"].values()],
        **_standing(ordered),
        "counts": counts,
        "timeline": timeline,
    }


def _standing(records: Sequence[Document]) -> Document:
    """What the registry told last of the human, under whichever record it is shown first; notify obeys the same."""
    newest = max(records, key=lambda record: record.get("standing", 0), default={})
    told = {"dead": newest.get("dead", False), "dead_since": newest.get("dead_since")}
    if newest.get("standing"):
        return {**told, "consents": newest["consents"]}
    words = [word for record in records for word in record["consents"].items()]  # from before standings were told
    return {**told, "consents": {**dict(words), **{purpose: False for purpose, granted in words if not granted}}}
