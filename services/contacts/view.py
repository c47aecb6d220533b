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
        "consents": {purpose: granted for record in ordered for purpose, granted in record["consents"].items()},
        "counts": counts,
        "timeline": timeline,
    }
