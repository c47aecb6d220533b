"""What callers and forms say of somebody: kept beside the details, of which it is no part until it is confirmed."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, assert_never, cast
from unicodedata import normalize

from services.contacts.identifying.names import written
from services.contacts.identifying.phones import SHORTEST
from shared.contracts.contacts import Channel, Claim, ClaimedField, TouchpointReported
from shared.ids import derive

MOST = 20
"""Claims of one person, all together: the newest."""
MOST_PHONES = 3
"""Phones that count of one touchpoint."""
Words = Mapping[str, Any]
"""Field → value, as `Details.said` gives it or as the 360 holds it."""


def claimed(person_id: str, touch: TouchpointReported) -> tuple[Claim, ...]:
    """What a touchpoint says of who it came from."""
    phones, mails = ([each.value for each in touch.identifiers if each.system == kind] for kind in ("phone", "email"))
    words = {"name": touch.name, "phones": phones[:MOST_PHONES], "email": mails[:1]}
    return of_words(person_id, touch.touchpoint_id, touch.channel, touch.at, words)


def of_words(person_id: str, touchpoint_id: str, channel: Channel, at: datetime, words: Words) -> tuple[Claim, ...]:
    """Each word as a claim; their ids follow from the touchpoint and never from what was said."""
    said = ((field, number, value) for field, word in words.items() for number, value in enumerate(_values(word)))
    return tuple(
        Claim(
            claim_id=derive(person_id, touchpoint_id, field, number),
            field=cast("ClaimedField", field),
            value=value,
            touchpoint_id=touchpoint_id,
            channel=channel,
            said=at,
        )
        for field, number, value in said
    )


def kept(claims: Iterable[Claim], more: Iterable[Claim]) -> tuple[Claim, ...]:
    """Of each field and channel what the newest touchpoint claims, and of that the newest, whatever comes first."""
    every = {claim.claim_id: claim for claim in (*claims, *more) if claim.value}
    newest: dict[tuple[str, str], tuple[datetime, str]] = {}
    for claim in every.values():
        line = claim.field, claim.channel
        newest[line] = max(newest.get(line, _source(claim)), _source(claim))
    left = (claim for claim in every.values() if _source(claim) == newest[claim.field, claim.channel])
    return tuple(sorted(left, key=lambda claim: (claim.said, claim.claim_id))[-MOST:])


def waiting(claims: Iterable[Claim], known: Words) -> tuple[Claim, ...]:
    """The claims that nobody confirmed: not the hospital by saying the same, and no member of staff."""
    return tuple(claim for claim in claims if not confirmed(claim, known))


def confirmed(claim: Claim, known: Words) -> bool:
    """Whether what is known says the same, however it is written."""
    return any(_same(claim, value) for value in _values(known.get(claim.field)))


def _source(claim: Claim) -> tuple[datetime, str]:
    return claim.said, claim.touchpoint_id


def _values(word: Any) -> Iterator[str]:
    yield from (value for value in ([word] if isinstance(word, str) else word or ()) if value)


def _same(claim: Claim, known: str) -> bool:
    said = claim.value or ""
    match claim.field:
        case "name":
            return written(said) == written(known)
        case "phones":
            one, other = sorted((_digits(said), _digits(known)), key=len)
            return other.endswith(one) if len(one) >= SHORTEST else other == one
        case "email":
            return said.strip().casefold() == known.strip().casefold()
        case _:
            assert_never(claim.field)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, normalize("NFKC", text)))
