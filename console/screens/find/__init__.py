"""Find a person by a number: a hospital number, a phone, a citizen id.

Who may not read a person sees their name and masked phone, as far as their role allows, to ask whether it is the right
one. The number is posted and never part of an address, so that it is in no log and no history.
"""

from console.roles import Role
from console.screen import Screen

SEES_PEOPLE: frozenset[Role] = frozenset(
    {
        "agent",
        "agent-lead",
        "nurse",
        "nurse-lead",
        "doctor",
        "complaint-officer",
        "department-head",
        "privacy-officer",
        "registrar",
    }
)
SCREEN = Screen("find", "/find", SEES_PEOPLE, keys="f", purpose="TREAT")
