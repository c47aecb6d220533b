"""The people whom lists of the services name by id."""

from collections.abc import Collection

from careloop_client.contacts.calls import Contacts
from careloop_client.contacts.models import Named, PersonName
from console.desk import attempt
from console.problems import Trouble

MOST = 500
"""Names of one question; a longer list asks several."""


async def names_of(contacts: Contacts, ids: Collection[str]) -> dict[str, PersonName]:
    """The names of those whom the reader may read, by id; nobody if contacts is away. The reader looked at them."""
    names: dict[str, PersonName] = {}
    everybody = sorted(ids)
    for start in range(0, len(everybody), MOST):
        answer = await attempt(contacts.name_persons(Named(person_ids=everybody[start : start + MOST])))
        names |= {} if isinstance(answer, Trouble) else {each.person_id: each for each in answer.data}
    return names
