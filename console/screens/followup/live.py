"""Which changes the follow-up list shows."""

from console.live.parts import Part

EVENTS = {"followup": Part(("followup",), ("contacts", "contacts-registry", "followup"), "task")}
