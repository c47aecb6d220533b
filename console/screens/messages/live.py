"""Which changes the list of messages shows."""

from console.live.parts import Part

EVENTS = {"messages": Part(("notify",), ("contacts", "contacts-registry", "notify"))}
