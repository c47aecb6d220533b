"""Messages: what became of each, as a sentence. Those of unknown result come first, to be settled by a person."""

from console.roles import roles_with
from console.screen import Screen
from console.screens.messages.live import EVENTS

SCREEN = Screen("messages", "/messages", roles_with("notify:read"), filters=("status",), events=EVENTS)
SETTLES = roles_with("notify:settle")
