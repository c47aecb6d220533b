"""Prepare a new MongoDB: a replica set of one server, and our user. Whatever is there already stays as it is."""

import asyncio
from typing import Any
from urllib.parse import unquote, urlsplit

from shared import mongo

ALREADY_INITIALIZED, UNAUTHORIZED = 23, 13
"""MongoDB's error codes of a replica set that was initiated before, and of a server that has users."""
ROLES = ("readWriteAnyDatabase", "dbAdminAnyDatabase")
"""What our user may do: read and write, make collections and indexes; nothing with users or the replica set."""


class Unprepared(Exception):
    """The database could not be prepared; the text says what to do."""


async def form_replica_set(client: Any, member: str) -> None:
    """Initiate a replica set of one server, `HOST:PORT`, and wait until it is primary."""
    if "setName" not in await client.admin.command("hello"):
        await _initiate(client, {"_id": 0, "host": member})
    while not (await client.admin.command("hello")).get("isWritablePrimary"):  # noqa: ASYNC110 not ours to signal
        await asyncio.sleep(0.05)


async def _initiate(client: Any, member: dict[str, Any]) -> None:
    try:
        await client.admin.command({"replSetInitiate": {"_id": "rs0", "members": [member]}})
    except mongo.MongoError as error:
        if getattr(error, "code", None) != ALREADY_INITIALIZED:
            raise
        config = await client["local"]["system.replset"].find_one()
        if [node["host"] for node in config["members"]] != [member["host"]]:  # the data is of a run on another port
            config |= {"members": [member], "version": config["version"] + 1}
            await client.admin.command({"replSetReconfig": config, "force": True})


async def prepare(near: str, url: str) -> None:
    """Form the replica set and make the user of `url`, then check that `url` works. Raises `Unprepared`.

    `near`: the URL of the same server on its loopback address. There alone a server without users takes both from
    somebody who has not signed in.
    """
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user and password):
        raise Unprepared("CARELOOP_MONGO__URL has no user and password: mongodb://USER:PASSWORD@HOST:PORT/…")
    async with mongo.connected(near) as client:
        try:
            await form_replica_set(client, parts.netloc.rpartition("@")[2].partition(",")[0])
            roles = [{"role": role, "db": "admin"} for role in ROLES]
            await client.admin.command({"createUser": user, "pwd": password, "roles": roles})
        except mongo.MongoError as error:
            if getattr(error, "code", None) != UNAUTHORIZED:
                raise
    async with mongo.connected(url) as client:
        try:
            await client.admin.command("ping")
        except mongo.MongoError as error:
            raise Unprepared(
                f"{user} cannot sign in to MongoDB ({type(error).__name__}): it has users of before"
            ) from error
