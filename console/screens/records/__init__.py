"""The records of one human: merged with another after a look at both side by side, or separated again.

Nothing is copied by a merge, so that it can be undone here.
"""

from console.roles import roles_with
from console.screen import Screen

SCREEN = Screen("records", "/persons/{person_id}/records", roles_with("contacts:identity"), in_menu=False)
