"""HTTP: what operators look at, and what they do."""

from typing import Any

from fastapi import APIRouter

from deploy.catalogue import load_all
from deploy.ops import dead_letters, rebuilding, watching
from shared.guard import Tag, guarded
from shared.host.deps import Deps

TAG = Tag("ops", "Operations: status, checks, traces, dead letters, rebuilds")


def routes(deps: Deps) -> APIRouter:
    """Return the routes for operators."""
    router, services = guarded(tags=[TAG]), load_all(deps.settings)
    parts: tuple[Any, ...] = (watching, dead_letters, rebuilding)
    for part in parts:
        part.add(router, deps, services)
    return router
