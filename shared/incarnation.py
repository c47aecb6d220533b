"""Which log this is. Positions and Faust directories belong to one log and are useless, even harmful, with another."""

from pathlib import Path
from typing import Any

from shared.bus.clients import admin
from shared.bus.topic_ids import topic_ids
from shared.settings import Settings
from shared.settings_kafka import Kafka

DOCUMENT = "incarnation"
FIRST = "careloop.system.keys.v1"


class OtherLog(Exception):
    """Something here was written from another log; the text says what and what to do."""


async def incarnation_of(kafka: Kafka) -> str:
    """The broker's cluster id and the id of the log's first topic; the embedded broker is new each time it starts."""
    async with admin(kafka) as client:
        cluster = str((await client.describe_cluster())["cluster_id"])
    ids = await topic_ids(kafka, [FIRST]) if kafka.transactions else {}
    return "/".join([cluster, *ids.values()])


def table_directory(settings: Settings, slug: str) -> Path:
    """Where a service's processor keeps its tables."""
    return settings.data_dir.resolve() / "faust" / slug


def stamp_directory(directory: Path, incarnation: str) -> None:
    """Stamp a directory with its log. Raises `OtherLog` where it carries another stamp."""
    file = directory / "INCARNATION"
    found = file.read_text() if file.exists() else ""
    if _former(found, incarnation):
        file.write_text(incarnation)
    elif found != incarnation:
        raise OtherLog(f"{directory} belongs to log {found}, the broker is {incarnation}: delete it, it is rebuilt")


async def stamp_database(positions: Any, incarnation: str) -> None:
    """Stamp a database's positions with their log. Raises `OtherLog` where they carry another stamp."""
    await positions.update_one({"_id": DOCUMENT}, {"$setOnInsert": {"log": incarnation}}, upsert=True)
    found = (await positions.find_one({"_id": DOCUMENT}))["log"]
    if _former(found, incarnation):
        await positions.update_one({"_id": DOCUMENT, "log": found}, {"$set": {"log": incarnation}})
    elif found != incarnation:
        name = positions.database.name
        raise OtherLog(f"{name} was built from log {found}, the broker is {incarnation}: drop it, it is rebuilt")


def _former(stamp: str, incarnation: str) -> bool:
    """Whether there is no stamp, or one from before topics had ids in it: it named the cluster alone."""
    return not stamp or incarnation.startswith(f"{stamp}/")
