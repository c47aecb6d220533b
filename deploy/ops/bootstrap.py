"""Builds the API for operators."""

from deploy.ops.api import routes
from shared.service import Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """Declare it as a service that has no deciders and owns no topics."""
    return Service(
        name="ops",
        deciders=(),
        owns_definitions=False,
        api=routes,
        purpose="HSYSADMIN",
        audited_by="contacts",
        scopes={"ops": ("read", "write")},
    )
