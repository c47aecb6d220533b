"""What is asked for a number that somebody typed; the search and the page of records use it."""

from careloop_client import CareLoop
from careloop_client.contacts.models import PersonMatch, Search
from console.desk import attempt
from console.problems import Trouble
from console.screens.find.view import SYSTEMS, system_of


async def searched(client: CareLoop, kind: str, issuer: str, value: str) -> list[PersonMatch] | Trouble:
    """The records that have the number; a `Trouble` if no number was typed, or the service does not answer."""
    if not value.strip() or kind not in SYSTEMS:
        return Trouble(422, "number-missing")
    body = Search(system=system_of(kind, issuer), value=value.strip())
    answer = await attempt(client.contacts.search_persons(body))
    return answer if isinstance(answer, Trouble) else answer.data
