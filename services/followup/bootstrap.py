"""Builds followup, for production and tests alike."""

from services.followup.api import routes
from services.followup.domain import DECIDER
from services.followup.policies import POLICIES
from services.followup.projections import PROJECTIONS
from shared.links import SIGNED_LINKS
from shared.projector.standard import Trace
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """The service."""
    return Service(
        name="followup",
        deciders=(DECIDER,),
        policies=POLICIES,
        projections=PROJECTIONS,
        trace=Trace(
            ids=("person_id", "task_id"),
            says=("plan", "due", "timer_id", "template", "reason", "purpose"),
        ),
        definitions_from=("followup", "contacts"),
        api=routes,
        scopes={"followup": ("read", "write")},
        uses={"api": (SIGNED_LINKS,)},
    )
