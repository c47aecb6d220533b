"""What a person allows: messages of each purpose, set by whoever talks with them, with what they said."""

from console.roles import roles_with
from console.screen import Screen

SCREEN = Screen("consents", "/persons/{person_id}/consents", roles_with("contacts:consent"), in_menu=False)
