"""Pick the person ids out of a list of ids, for commands that must record whom they showed."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from deploy.catalogue import owner_of
from shared import mongo
from shared.projector.views import Views

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PERSONS = "person_360"
"""The collection with one document per person record."""
MAX_IDS_IN_QUERY = 50_000
"""Maximum number of ids in one query: MongoDB limits a query to 16 MB."""


def ids_in(text: str) -> list[str]:
    """Return the UUIDs in a text, each once."""
    return list(dict.fromkeys(match[0] for match in _ID.finditer(text)))


async def persons_among(client: Any, ids: Iterable[str]) -> list[str]:
    """Return the ids that are person records, sorted. [] if MongoDB fails, so that repairs remain possible."""
    people = Views(client[mongo.database_name(owner_of(PERSONS).name)])[PERSONS]
    candidates = list(islice(dict.fromkeys(ids), MAX_IDS_IN_QUERY))
    try:
        return sorted([row["_id"] async for row in people.find({"_id": {"$in": candidates}}, {"_id": 1})])
    except mongo.MongoError:
        return []
