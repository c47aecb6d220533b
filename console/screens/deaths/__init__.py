"""A death that no hospital system reported, or one that was reported wrongly and is taken back.

A death stops plans and messages of the human, so it is asked twice.
"""

from console.roles import roles_with
from console.screen import Screen

SCREEN = Screen("deaths", "/persons/{person_id}/death", roles_with("contacts:identity"), in_menu=False)
