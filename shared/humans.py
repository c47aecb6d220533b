"""Which records are one human, for a service whose API is told of one of them: its own copy of that."""

from typing import NamedTuple

from shared.contracts.contacts_standing import PersonStandingChanged
from shared.host.deps import Deps
from shared.people import known_person
from shared.projector import Item, Projection
from shared.projector.model import Document


class Records(NamedTuple):
    """The records of one human: what is new goes to the lead, what was said of a record stays with it."""

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
    """All records of the human behind one of them; that one alone where no other is known. Raises as `known_person`."""
    await known_person(deps, person_id)
    return await records_beside(deps, person_id)


async def records_beside(deps: Deps, person_id: str) -> Records:
    """As `records_of` where who it is was asked before: of somebody erased, too."""
    known = await deps.database[HUMANS.collection].find_one({"_id": person_id})
    return Records(known["lead"], known["members"]) if known else Records(person_id, [person_id])
