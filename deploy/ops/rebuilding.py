"""Routes of rebuilds: start one, and ask how far it is."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from deploy.operating.rebuild import NoSuchCollection, Rebuild, collection_of, names, resource
from deploy.operating.rebuilds import Rebuilds, Running
from deploy.ops.answers import CollectionNames, RebuildList, RebuildState
from shared.answers import answers
from shared.audit import seen
from shared.caller import Caller
from shared.codec import Codec
from shared.contracts.bounds import Code
from shared.contracts.upcasters import UPCASTERS
from shared.guard import scope
from shared.guard.audited import audited
from shared.host.deps import Deps
from shared.http import Body
from shared.problems import Problem
from shared.service import Service

READ = scope("ops:read", of_nobody="counts, and the ids of documents that differ, not what they say")
WRITE = scope("ops:write", of_nobody="counts, and ids of documents that differ; who asked for it is on record")


class NewRebuild(Body):
    """`collection`: as `GET /v1/collections` names it. `force`: swap although documents differ."""

    collection: Code = Field(min_length=1)
    force: bool = False


def add(router: APIRouter, deps: Deps, services: Sequence[Service]) -> None:
    """Add the routes. What is rebuilt is known in this process only."""
    rebuilds, starting = Rebuilds(), asyncio.Lock()

    @router.get("/v1/collections", responses=answers(CollectionNames))
    async def list_collections(caller: Caller = Depends(READ)) -> dict[str, Any]:
        """List the collections that can be rebuilt."""
        return {"data": names(services)}

    @router.post(
        "/v1/rebuilds",
        status_code=202,
        responses=answers(RebuildState, "collection-unknown", "rebuild-running", status=202),
    )
    async def start_rebuild(request: Request, body: NewRebuild, caller: Caller = Depends(WRITE)) -> dict[str, Any]:
        """Start the rebuild of a collection from the log; services run on meanwhile. One runs at a time.

        Documents are compared, and if one differs nothing is swapped unless `force` is set. Who asked, and for
        what, is on record before it starts.
        """
        try:
            service, projection = collection_of(services, body.collection)
        except NoSuchCollection as error:
            raise Problem(404, "collection-unknown", str(error)) from error

        def made() -> Rebuild:
            return Rebuild(service, projection, deps.settings, deps.mongo, Codec(deps.ring, UPCASTERS))

        name, id = f"{service.name}.{projection.collection}", str(uuid4())
        try:
            async with starting:
                rebuilds.check()
                # with its id, as the same access within a minute is one event
                seen(request).add_resources([f"{resource(name, body.force)} {id}"])
                await audited(request, caller, "shown")  # before anything happens
                return rebuilds.start(name, made, body.force, caller.name, deps.clock, id).described()
        except Running as error:
            raise Problem(409, "rebuild-running", f"rebuild {error} runs: one at a time") from error

    @router.get("/v1/rebuilds", responses=answers(RebuildList))
    async def list_rebuilds(caller: Caller = Depends(READ)) -> dict[str, Any]:
        """List the last rebuilds, the newest first."""
        return {"data": [each.described() for each in rebuilds.newest_first()]}

    @router.get("/v1/rebuilds/{id}", responses=answers(RebuildState, "rebuild-unknown"))
    async def get_rebuild(id: Code, caller: Caller = Depends(READ)) -> dict[str, Any]:
        """Get a rebuild: how far it is, or how it ended."""
        rebuild = rebuilds.get(id)
        if rebuild is None:
            raise Problem(404, "rebuild-unknown", f"no rebuild {id!r} was started since this process started")
        return rebuild.described()
