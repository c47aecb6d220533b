"""Which changes the desk shows."""

from console.screens.cases.live import CASES

EVENTS = {"mine": CASES}
