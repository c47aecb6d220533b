"""Which changes the queue and an open case show."""

from console.live.parts import Part

READS = ("contacts", "contacts-registry", "complaints")
EVENTS = {"queue": Part(("complaints",), READS), "case": Part(("complaints",), READS)}
"""The queue hears of every case; the open case of itself."""
