"""The 360 of one human, composed at read time over all their records: pure, from documents."""

from collections.abc import Sequence
from typing import Any

from services.contacts.claims import waiting
from shared.contracts.base import stored
from shared.contracts.contacts import Claim

Document = dict[str, Any]
SHOWN = ("name", "phones")
"""What a claim may stand in for where nobody confirmed anything: good to greet a caller by, and to call back."""


def compose(person_id: str, cluster: Sequence[str], records: Sequence[Document], timeline: list[Document]) -> Document:
    """Identity from the record asked for, filled from the others; visits and counts of all."""
    by_id = {record["_id"]: record for record in records}
    ordered = [by_id[id] for id in (person_id, *(id for id in cluster if id != person_id)) if id in by_id]
    counts: dict[str, int] = {}
    for record in ordered:
        for name, count in record["counts"].items():
            counts[name] = counts.get(name, 0) + count
    return {
        "person_id": person_id,
        "cluster": list(cluster),
        "erased": any(record.get("erased") for record in ordered),
        **who(ordered),
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


def who(records: Sequence[Document]) -> Document:
    """Who somebody is, what of it staff confirmed, and what is claimed and not confirmed, the newest first.

    A name and a phone that are only claimed are shown where none is known; `identity.claimed` names them.
    """
    identity, confirmed = Document(), Document()
    for record in records:
        news = {name: value for name, value in record["identity"].items() if not identity.get(name)}
        identity |= news
        confirmed |= {name: by for name, by in record.get("confirmed", {}).items() if name in news}
    claims = [(record["_id"], claim) for record in records for claim in waiting(_claims(record), identity)]
    claims.sort(key=lambda pair: pair[1].said, reverse=True)
    shown: Document = {}
    for _, claim in claims:
        if claim.field in SHOWN and not identity.get(claim.field):
            shown.setdefault(claim.field, [claim.value] if claim.field == "phones" else claim.value)
    return {
        "identity": {**identity, **shown, **({"claimed": sorted(shown)} if shown else {})},
        "confirmed": confirmed,
        "claims": [{"person_id": person, **claim.model_dump(mode="json")} for person, claim in claims],
    }


def _claims(record: Document) -> list[Claim]:
    return [stored(Claim, claim) for claim in record.get("claims", ())]
