"""HTTP routes: accept a ride, read a ride."""

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from services.portering.answers import Ride
from services.portering.commands import TakeRide

from shared.access import Reader, acting, readers_with
from shared.answers import Shown, answers, decides
from shared.guard import Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, asking, submit
from shared.projector import public
from shared.readmodel import ReadModel

READ, WRITE = readers_with("portering:read"), asking("portering:write")
TAG = Tag("portering", "Accept and read rides of discharged patients")


def routes(deps: Deps) -> APIRouter:
    """Return the router of portering."""
    router, rides = guarded(tags=[TAG]), ReadModel(deps, "rides", "humans", "people", "access")

    @router.post("/v1/rides/{ride_id}/taking", responses=decides("ride-unknown"))
    async def assign_ride(ride_id: str, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Accept a ride for the caller."""
        ride = await acting(deps, asked.caller).target(rides, ride_id, *unknown(ride_id))
        command = TakeRide(**asked.stamp, ride_id=ride_id, porter=asked.caller.name)
        return await submit(deps, asked, "portering", command, document=ride)

    @router.get("/v1/rides/{ride_id}", responses=answers(Shown[Ride], "ride-unknown"))
    async def get_ride(ride_id: str, min_position: str | None = None, reader: Reader = Depends(READ)) -> dict[str, Any]:
        """Read one ride."""
        await rides.wait(min_position)
        row = await reader.one(await rides.documents.find_one({"_id": ride_id}), *unknown(ride_id))
        return await rides.shown({"ride_id": ride_id, **public(row)})

    return router


def unknown(ride_id: str) -> tuple[str, str]:
    """Slug and detail of the 404 for a ride that does not exist or that the caller may not read."""
    return "ride-unknown", f"there is no ride {ride_id}"
