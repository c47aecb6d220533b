"""Builds complaints, for production and tests alike."""

from services.complaints.api import routes
from services.complaints.domain import DECIDER
from services.complaints.policies import POLICIES
from services.complaints.projections import PROJECTIONS
from shared.projector.standard import Trace
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service."""
    return Service(
        name="complaints",
        deciders=(DECIDER,),
        policies=POLICIES,
        projections=PROJECTIONS,
        trace=Trace(
            ids=("person_id", "case_id"),
            says=("due", "timer_id", "template", "reason", "level", "policy"),
        ),
        definitions_from=("complaints", "contacts"),
        api=routes,
        scopes={"complaints": ("read", "write", "handle")},
    )
