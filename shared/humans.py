"""A service's own copy of which records are one human."""

from typing import NamedTuple

from shared.contracts.contacts_standing import PersonStandingChanged
from shared.host.deps import Deps
from shared.people import known_person
from shared.projector import Item, Projection
from shared.projector.model import Document


class Records(NamedTuple):
    """The records of one human: new things go to the lead, earlier ones stay with their record."""

    lead: str
    members: list[str]


def _human(before: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: PersonStandingChanged = item.envelope.data
    if before and before["version"] >= event.human.version:
        return before
    return {"lead": event.human.lead, "members": list(event.human.members), "version": event.human.version}


HUMANS = Projection(
    collection="humans",
    sources=(PersonStandingChanged.decided_in(),),
    types=(PersonStandingChanged,),
    keys=lambda item: [item.envelope.data.person_id] if item.envelope else [],
    fold=_human,
)


async def records_of(deps: Deps, person_id: str) -> Records:
    """All records of the human of a record; that record alone if no others are known. Raises as `known_person`."""
    await known_person(deps, person_id)
    return await records_beside(deps, person_id)


async def records_beside(deps: Deps, person_id: str) -> Records:
    """As `records_of` without the check that the person exists; works for erased persons too."""
    row = await deps.database[HUMANS.collection].find_one({"_id": person_id})
    return Records(row["lead"], row["members"]) if row else Records(person_id, [person_id])
