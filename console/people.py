"""The people whom lists of the services name by id."""

from collections.abc import Collection

from careloop_client.contacts.calls import Contacts
from careloop_client.contacts.models import Named, PersonName
from console.desk import attempt
from console.problems import Trouble

MOST = 500
"""Names of one question; a longer list asks several."""


async def names_of(contacts: Contacts, ids: Collection[str]) -> tuple[dict[str, PersonName], bool]:
    """The names of those whom the reader may read, by id, and whether all could be asked. The reader looked at them.

    Where contacts was away for some, the list is shown without their names and says so.
    """
    names: dict[str, PersonName] = {}
    all_asked, everybody = True, sorted(ids)
    for start in range(0, len(everybody), MOST):
        answer = await attempt(contacts.name_persons(Named(person_ids=everybody[start : start + MOST])))
        if isinstance(answer, Trouble):
            all_asked = False
        else:
            names |= {each.person_id: each for each in answer.data}
    return names, all_asked
