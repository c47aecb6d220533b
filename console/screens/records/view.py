"""What the page of a human's records shows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from careloop_client.contacts.models import PersonMatch
from console.comparing import Row, compared


@dataclass(frozen=True, slots=True)
class Side:
    """A record: its id and whose it says it is."""

    person_id: str
    name: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Records in columns."""

    sides: Sequence[Side]
    rows: Sequence[Row]


def side_by_side(records: Sequence[PersonMatch]) -> SideBySide:
    """The records in columns, each compared with the first."""
    sides = [Side(each.person_id, each.identity.name or "") for each in records]
    return SideBySide(sides, compared([each.identity for each in records]))


def others(matching: Iterable[PersonMatch], cluster: Collection[str]) -> list[PersonMatch]:
    """What a search found, without the records that are merged already."""
    return [each for each in matching if each.person_id not in cluster]
