"""Which log this is: positions and Faust directories belong to one log and must not be used with another."""

from pathlib import Path
from typing import Any

from shared.bus.clients import admin
from shared.bus.topic_ids import topic_ids
from shared.settings import Settings
from shared.settings_kafka import Kafka

DOCUMENT = "incarnation"
FIRST = "careloop.system.keys.v1"


class OtherLog(Exception):
    """Data here was built from another log; the text says what to do."""


async def incarnation_of(kafka: Kafka) -> str:
    """The broker's cluster id and the id of the log's first topic; the embedded broker has a new one at each start."""
    async with admin(kafka) as client:
        cluster = str((await client.describe_cluster())["cluster_id"])
    ids = await topic_ids(kafka, [FIRST]) if kafka.transactions else {}
    return "/".join([cluster, *ids.values()])


def table_folder(settings: Settings, slug: str) -> Path:
    """The folder of the tables of a service's processor."""
    return settings.data_dir.resolve() / "faust" / slug


def stamp_folder(folder: Path, incarnation: str) -> None:
    """Stamp a folder with its log. Raises `OtherLog` if it has another stamp."""
    file = folder / "INCARNATION"
    stamp = file.read_text() if file.exists() else ""
    if _former(stamp, incarnation):
        file.write_text(incarnation)
    elif stamp != incarnation:
        raise OtherLog(f"{folder} belongs to log {stamp}, the broker is {incarnation}: delete it, it is rebuilt")


async def stamp_database(positions: Any, incarnation: str) -> None:
    """Stamp a database's positions with their log. Raises `OtherLog` if they have another stamp."""
    await positions.update_one({"_id": DOCUMENT}, {"$setOnInsert": {"log": incarnation}}, upsert=True)
    stamp = (await positions.find_one({"_id": DOCUMENT}))["log"]
    if _former(stamp, incarnation):
        await positions.update_one({"_id": DOCUMENT, "log": stamp}, {"$set": {"log": incarnation}})
    elif stamp != incarnation:
        name = positions.database.name
        raise OtherLog(f"{name} was built from log {stamp}, the broker is {incarnation}: drop it, it is rebuilt")


def _former(stamp: str, incarnation: str) -> bool:
    """Whether there is no stamp, or one of a version that stamped the cluster id only."""
    return not stamp or incarnation.startswith(f"{stamp}/")
