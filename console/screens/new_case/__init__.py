"""Open a case by hand for a person: a complaint or suggestion that somebody takes down."""

from console.roles import ROLES, SCOPES, Role
from console.screen import Screen

TAKES_DOWN: frozenset[Role] = frozenset(
    role for role in ROLES if {"complaints:write", "contacts:write"} <= set(SCOPES[role])
)
SCREEN = Screen("new_case", "/persons/{person_id}/new-case", TAKES_DOWN, in_menu=False)
