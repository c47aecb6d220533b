"""Follow-up list: the steps of plans of all patients whom the reader may see, by what is due.

What is due today, what is overdue, what comes, whose survey nobody answered, and whose answer is an alarm. Each row
leads to the patient. The names are asked of contacts; whoever reads the list looked at those people, and is on record.
"""

from console.roles import roles_with
from console.screen import Screen
from console.screens.followup.live import EVENTS

SCREEN = Screen("followup", "/follow-up", roles_with("followup:write"), keys="l", purpose="COORDC", events=EVENTS)
