"""Which of some ids are people's, for the commands that must say whom they showed."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from shared import mongo
from shared.projector.views import Views

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOST = 50_000
"""Ids that are asked about: MongoDB takes no question of more than 16 MB."""


def ids_in(text: str) -> list[str]:
    """The ids that a text names, each once, as far as they may be a person's."""
    return list(dict.fromkeys(match[0] for match in _ID.finditer(text)))


async def persons_among(client: Any, ids: Iterable[str]) -> list[str]:
    """Those that are a person record, in order; none while MongoDB is away: what is broken must still be mended."""
    people = Views(client[mongo.database_name("contacts")])["person_360"]
    asked = list(islice(dict.fromkeys(ids), MOST))
    try:
        return sorted([row["_id"] async for row in people.find({"_id": {"$in": asked}}, {"_id": 1})])
    except mongo.MongoError:
        return []
