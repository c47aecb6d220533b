"""What each role may ask of the services. Whom it may read is decided there, by relations (docs/adr/0024)."""

from collections.abc import Collection
from typing import Literal, get_args

Role = Literal[
    "agent",
    "agent-lead",
    "nurse",
    "nurse-lead",
    "doctor",
    "complaint-officer",
    "department-head",
    "manager",
    "definitions-editor",
    "interface-engineer",
    "operations",
    "privacy-officer",
    "registrar",
    "administrator",
]
ROLES: tuple[Role, ...] = get_args(Role)
CARE = ("contacts:read", "contacts:break-glass", "followup:read", "complaints:read", "notify:read")
"""To see a person: their record, follow-up, cases and messages, and to ask for emergency access."""
TALKS = ("contacts:write", "contacts:consent", "complaints:write", "notify:settle")
"""To write down a contact, a wish about messages, a complaint, and that a message arrived."""
DESK = ("contacts:desk",)
"""To end one's own sessions: whoever signs in."""

SCOPES: dict[Role, tuple[str, ...]] = {
    "agent": (*CARE, *TALKS),
    "agent-lead": (*CARE, *TALKS, "complaints:handle"),
    "nurse": (*CARE, *TALKS, "followup:write"),
    "nurse-lead": (*CARE, *TALKS, "followup:write"),
    "doctor": CARE,
    "complaint-officer": (*CARE, *TALKS, "complaints:handle"),
    "department-head": (*CARE, "complaints:handle"),
    "manager": ("complaints:read", "notify:read"),
    "definitions-editor": (),
    "interface-engineer": ("his-adapter:read", "ops:read"),
    "operations": ("his-adapter:read", "notify:read", "ops:read", "ops:write"),
    "privacy-officer": ("contacts:read", "contacts:privacy", "contacts:erase"),
    "registrar": ("contacts:read", "contacts:write", "contacts:identity"),
    "administrator": ("contacts:sessions",),
}


def scopes_of(roles: Collection[str]) -> list[str]:
    """The scopes of somebody with these roles; unknown roles have none."""
    return sorted({scope for role in ROLES if role in roles for scope in (*DESK, *SCOPES[role])})


def roles_with(scope: str) -> frozenset[Role]:
    """The roles that have this scope."""
    return frozenset(role for role in ROLES if scope in SCOPES[role])
