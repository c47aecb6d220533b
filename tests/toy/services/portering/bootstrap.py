"""Declares portering. Production and tests build the service here and nowhere else."""

from services.portering.api import routes
from services.portering.domain import DECIDER
from services.portering.policies import POLICIES
from services.portering.projections import PROJECTIONS

from shared.projector.standard import Trace
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """Return the declaration of portering."""
    return Service(
        name="portering",
        deciders=(DECIDER,),
        policies=POLICIES,
        projections=PROJECTIONS,
        trace=Trace(ids=("person_id", "ride_id")),
        definitions_from=("portering", "contacts"),
        api=routes,
        scopes={"portering": ("read", "write")},
    )
