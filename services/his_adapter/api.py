"""HTTP: mounts the routes of all rooms."""

from fastapi import APIRouter

from services.his_adapter.directory import api as directory
from services.his_adapter.facts import api as facts
from services.his_adapter.packets import api as packets
from services.his_adapter.payments import api as payments
from services.his_adapter.pulling import api as pulling
from services.his_adapter.requests import api as requests
from services.his_adapter.requests.books import HospitalBooks
from services.his_adapter.watches import api as watches
from shared.guard import Tag, guarded
from shared.host.deps import Deps

TAG = Tag("his", "Messages of hospital systems: what came in, from whom, and which source is silent")


def routes(deps: Deps) -> APIRouter:
    """Return the routes of his_adapter, without those of the intake role."""
    router = guarded(tags=[TAG])
    router.include_router(directory.routes(deps))
    router.include_router(requests.routes(deps))
    router.include_router(payments.routes(deps, HospitalBooks(deps)))
    for room in (packets, facts, watches, pulling):
        router.include_router(room.routes(deps))
    return router
