"""The only place that builds transport, for production and tests alike."""

from services.transport.api import routes
from services.transport.domain import DECIDER
from services.transport.policies import POLICIES
from services.transport.projections import PROJECTIONS

from shared.projector.standard import Trace
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service."""
    return Service(
        name="transport",
        deciders=(DECIDER,),
        policies=POLICIES,
        projections=PROJECTIONS,
        trace=Trace(ids=("person_id", "ride_id")),
        definitions_from=("transport", "contacts"),
        api=routes,
        scopes={"transport": ("read", "write")},
    )
