"""Which changes the queue and an open case show."""

from console.live.parts import Part

READS = ("contacts", "contacts-registry", "complaints")
CASES = Part(("complaints",), READS, "case")
EVENTS = {"queue": CASES, "case": CASES}
"""The queue hears of every case; the open case of itself."""
