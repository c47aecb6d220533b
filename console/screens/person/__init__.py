"""A person: who they are under all their records, what happened, what is open, and what was sent to them.

With the two clocks: what was true on a day, and what was known on a day. Parts of other services that are away say so
and leave the rest of the page as it is. Whoever may not read the person is shown the way to emergency access.
"""

from console.screen import Screen
from console.screens.find import SEES_PEOPLE
from console.screens.person.live import EVENTS

SCREEN = Screen("person", "/persons/{person_id}", SEES_PEOPLE, in_menu=False, purpose="TREAT", events=EVENTS)
