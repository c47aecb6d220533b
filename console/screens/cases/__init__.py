"""Cases: the queue by what is due next, and one case beside it with its clocks, history and what can be done.

A page carries the revision of the case that it shows; what somebody does on a page that a colleague has overtaken is
refused with what changed, and the typed text is kept. Whoever sees people may look; those whose roles handle cases
assign and resolve them.
"""

from console.roles import ROLES, SCOPES, Role
from console.screen import Screen
from console.screens.cases.live import EVENTS

SEES_CASES: frozenset[Role] = frozenset(
    role for role in ROLES if {"complaints:read", "contacts:read"} <= set(SCOPES[role])
)
HANDLE = "complaints:handle"
"""The scope of who assigns and resolves."""
FILTERS = ("status", "severity", "department", "whose")
SCREEN = Screen("cases", "/cases", SEES_CASES, keys="c", filters=FILTERS, events=EVENTS)
