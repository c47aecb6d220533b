"""Claims: what callers and forms say about a person. Kept beside the details until staff or the hospital confirm it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, assert_never, cast
from unicodedata import normalize

from services.contacts.identifying.names import written
from services.contacts.identifying.phones import MIN_DIGITS
from shared.contracts.contacts import Claim, ClaimedField, ContactChannel, TouchpointReported
from shared.ids import derive

MAX_CLAIMS = 20
"""The newest claims that are kept of one person."""
MAX_PHONES = 3
"""Phones that are read from one touchpoint."""
CLAIMED_SYSTEMS = ("phone", "email")
"""Identifier systems of a touchpoint that are claims."""
Words = Mapping[str, Any]
"""Field → value, as `Details.stated_fields` returns it and as the 360 stores it."""


def claimed(person_id: str, touch: TouchpointReported) -> tuple[Claim, ...]:
    """The claims of a touchpoint about the person it came from: name, phones, email."""
    phones, emails = (
        [number.value for number in touch.identifiers if number.system == kind] for kind in CLAIMED_SYSTEMS
    )
    values = {"name": touch.name, "phones": phones[:MAX_PHONES], "email": emails[:1]}
    return of_words(person_id, touch.touchpoint_id, touch.channel, touch.at, values)


def of_words(
    person_id: str, touchpoint_id: str, channel: ContactChannel, at: datetime, words: Words
) -> tuple[Claim, ...]:
    """One claim per value. Claim ids are derived from the touchpoint and field, never from the value."""
    values = ((field, number, value) for field, word in words.items() for number, value in enumerate(_values(word)))
    return tuple(
        Claim(
            claim_id=derive(person_id, touchpoint_id, field, number),
            field=cast("ClaimedField", field),
            value=value,
            touchpoint_id=touchpoint_id,
            channel=channel,
            stated_at=at,
        )
        for field, number, value in values
    )


def kept(claims: Iterable[Claim], more: Iterable[Claim]) -> tuple[Claim, ...]:
    """Merge claims: per field and channel those of the newest touchpoint, at most `MAX_CLAIMS`, whatever the order."""
    by_id = {claim.claim_id: claim for claim in (*claims, *more) if claim.value}
    newest: dict[tuple[str, str], tuple[datetime, str]] = {}
    for claim in by_id.values():
        group = claim.field, claim.channel
        newest[group] = max(newest.get(group, _source(claim)), _source(claim))
    of_newest = (claim for claim in by_id.values() if _source(claim) == newest[claim.field, claim.channel])
    return tuple(sorted(of_newest, key=lambda claim: (claim.stated_at, claim.claim_id))[-MAX_CLAIMS:])


def waiting(claims: Iterable[Claim], details: Words) -> tuple[Claim, ...]:
    """The unconfirmed claims: those whose value is not among the details."""
    return tuple(claim for claim in claims if not confirmed(claim, details))


def confirmed(claim: Claim, details: Words) -> bool:
    """Whether the details contain the claimed value, compared regardless of notation."""
    return any(_same(claim, value) for value in _values(details.get(claim.field)))


def _source(claim: Claim) -> tuple[datetime, str]:
    return claim.stated_at, claim.touchpoint_id


def _values(word: Any) -> Iterator[str]:
    yield from (value for value in ([word] if isinstance(word, str) else word or ()) if value)


def _same(claim: Claim, value: str) -> bool:
    claimed_value = claim.value or ""
    match claim.field:
        case "name":
            return written(claimed_value) == written(value)
        case "phones":
            shorter, longer = sorted((_digits(claimed_value), _digits(value)), key=len)
            return longer.endswith(shorter) if len(shorter) >= MIN_DIGITS else longer == shorter
        case "email":
            return claimed_value.strip().casefold() == value.strip().casefold()
        case _:
            assert_never(claim.field)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, normalize("NFKC", text)))
