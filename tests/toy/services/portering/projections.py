"""Read models: ride events → one document per ride."""

from typing import assert_never, get_args

from shared.contracts.portering import RideLate, RideRequested, RideTaken

from shared.access import ACCESS
from shared.humans import HUMANS
from shared.people import PEOPLE
from shared.projector import Item, Projection
from shared.projector.model import Document

ShownEvent = RideRequested | RideTaken | RideLate


def _ride(document: Document | None, id: str, item: Item) -> Document | None:
    assert item.envelope is not None
    event: ShownEvent = item.envelope.data
    match event:
        case RideRequested():
            changes: Document = {"person_id": event.person_id, "department": event.department, "status": "requested"}
        case RideTaken():
            changes = {"status": "taken", "porter": event.porter}
        case RideLate():
            changes = {"late": True}
        case _:
            assert_never(event)
    return {**(document or {}), **changes}


RIDES = Projection(
    collection="rides",
    sources=("portering",),
    types=get_args(ShownEvent),
    keys=lambda item: [item.envelope.key] if item.envelope else [],
    fold=_ride,
    indexes=([("person_id", 1)],),
)
PROJECTIONS = (RIDES, HUMANS, PEOPLE, ACCESS)
