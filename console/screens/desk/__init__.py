"""The desk: what is mine. Cases that are assigned to me, what is overdue first.

Steps of follow-up plans are listed by person alone, so a nurse's list of them over all people cannot stand here yet.
"""

from console.screen import Screen
from console.screens.cases import SEES_CASES
from console.screens.desk.live import EVENTS

SCREEN = Screen("desk", "/desk", SEES_CASES, keys="d", events=EVENTS)
