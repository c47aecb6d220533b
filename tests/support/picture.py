"""Describes a whole system after a failed test: roles, read models, warnings and errors of the logs."""

from deploy.catalogue import load_all
from deploy.local.system import System
from shared import mongo
from shared.projector.views import Views

COMPLAINTS = (" WARNING ", " ERROR ", "Error: ")
WORTH_TELLING = 3


async def picture(system: System) -> str:
    """About fifty lines about a system, for the report of a failed test."""
    return "\n".join([*await _roles(system), *await _read_models(system), *_complaints(system)])


async def _roles(system: System) -> list[str]:
    assert system.backends is not None
    return [
        f"{name} {group}: { ({field: at.get(field) for field in ('ready', 'lag', 'timers', 'due', 'last')}) }"
        for name, role in (await system.backends.status()).items()
        for group, at in role.get("groups", {"nobody answers": role}).items()
    ]


async def _read_models(system: System) -> list[str]:
    lines = []
    async with mongo.connected(system.settings.mongo.url) as client:
        for service in load_all(system.settings):
            database = Views(client[mongo.database_name(service.name)])
            for projection in service.collections:
                groups = database[projection.collection].aggregate([{"$group": {"_id": "$status", "n": {"$sum": 1}}}])
                counts = {group["_id"]: group["n"] async for group in groups}
                lines.append(f"{service.name}.{projection.collection}: {counts}")
    return lines


def _complaints(system: System) -> list[str]:
    lines = []
    for name in system.supervisor.children:
        text = system.supervisor.log_of(name).read_text(errors="replace")
        complaints = [line for line in text.splitlines() if any(word in line for word in COMPLAINTS)]
        lines += [f"{name} ({len(complaints)} complaints): {line[:240]}" for line in complaints[-WORTH_TELLING:]]
    return lines
