"""Which changes the desk shows."""

from console.live.parts import Part
from console.screens.cases.live import READS

EVENTS = {"mine": Part(("complaints",), READS)}
