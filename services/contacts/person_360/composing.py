"""The 360 of one human, composed at read time from the documents of all their records. Pure."""

from collections.abc import Sequence
from typing import Any

from services.contacts.person.claims import waiting
from services.contacts.person_360.clinical import NOTHING, ClinicalFacts
from shared.contracts.base import stored
from shared.contracts.contacts import Claim

Document = dict[str, Any]
READ_FROM_EVENTS: dict[str, tuple[str, ...]] = {
    "diagnoses": ("diagnoses",),
    "allergies": ("allergies", "no_known_allergies"),
    "results": ("results",),
    "spend": ("spend", "charges"),
    "timeline": ("timeline",),
}
"""Section whose events are read and decrypted for each answer → its fields. The rest is kept in the records."""
FIELDS_THAT_SHOW_CLAIMS = ("name", "phones")
"""Fields of the identity that show a claim if there is no confirmed value, to greet a caller and to call back."""


def compose(
    person_id: str,
    cluster: Sequence[str],
    records: Sequence[Document],
    timeline: list[Document],
    clinical: ClinicalFacts = NOTHING,
) -> Document:
    """Compose the 360: identity of the record `person_id`, its empty fields filled from the others; visits of all."""
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
        **clinical.sections({record["_id"] for record in ordered if record.get("erased")}),
        **_standing(ordered),
        "counts": counts,
        "timeline": timeline,
    }


def _standing(records: Sequence[Document]) -> Document:
    """Death and consents by the registry's newest standing, which notify uses as well.

    Records without a standing (of older versions): a consent refused under one record is refused.
    """
    newest = max(records, key=lambda record: record.get("standing", 0), default={})
    death = {"dead": newest.get("dead", False), "dead_since": newest.get("dead_since")}
    if newest.get("standing"):
        return {**death, "consents": newest["consents"]}
    consents = [consent for record in records for consent in record["consents"].items()]
    refused = {purpose: False for purpose, granted in consents if not granted}
    return {**death, "consents": {**dict(consents), **refused}}


def who(records: Sequence[Document]) -> Document:
    """The `identity`, who `confirmed` which field, and the unconfirmed `claims`, newest first.

    A claimed name or phone is shown if there is no confirmed one; `identity.claimed` lists such fields.
    """
    identity, confirmed = Document(), Document()
    for record in records:
        missing = {name: value for name, value in record["identity"].items() if not identity.get(name)}
        identity |= missing
        confirmed |= {name: by for name, by in record.get("confirmed", {}).items() if name in missing}
    claims = [(record["_id"], claim) for record in records for claim in waiting(_claims(record), identity)]
    claims.sort(key=lambda pair: pair[1].stated_at, reverse=True)
    shown: Document = {}
    for _, claim in claims:
        if claim.field in FIELDS_THAT_SHOW_CLAIMS and not identity.get(claim.field):
            shown.setdefault(claim.field, [claim.value] if claim.field == "phones" else claim.value)
    return {
        "identity": {**identity, **shown, **({"claimed": sorted(shown)} if shown else {})},
        "confirmed": confirmed,
        "claims": [{"person_id": person, **claim.model_dump(mode="json")} for person, claim in claims],
    }


def _claims(record: Document) -> list[Claim]:
    return [stored(Claim, claim) for claim in record.get("claims", ())]
