"""Builds the service `contacts`, for production and tests."""

from services.contacts.access.policies import RELATE
from services.contacts.api import routes
from services.contacts.desks.domain import OF_DESKS
from services.contacts.domain import DECIDER
from services.contacts.erasure.eraser import erase
from services.contacts.policies import FORGET, FORGET_KEYS, NOTE, RECORD, STAND, TAKE_BACK, inbox, resolve_facts
from services.contacts.projections import PROJECTIONS
from services.contacts.registry.domain import REGISTRY
from services.contacts.registry.matcher import match
from shared.projector.standard import Trace
from shared.service import Role, Service
from shared.settings import Settings


def build(settings: Settings) -> Service:
    """Build the `Service`."""
    site_key = settings.keys.site_key
    return Service(
        name="contacts",
        deciders=(REGISTRY, DECIDER, OF_DESKS),
        policies=(resolve_facts(site_key), RECORD, STAND, NOTE, TAKE_BACK, FORGET, FORGET_KEYS, RELATE),
        inbox=inbox(site_key),
        projections=PROJECTIONS,
        trace=Trace(
            ids=("person_id", "message_id", "control_id", "touchpoint_id", "input_id"),
            says=("channel", "reason", "status", "method", "control_id", "until", "purpose"),
        ),
        definitions_from=("contacts",),
        api=routes,
        scopes={
            "contacts": (
                *("read", "write", "consent", "identity", "erase", "break-glass", "privacy"),
                *("desk", "sessions", "lockouts"),
            )
        },
        purpose="TREAT",
        roles=(
            Role("eraser", erase, {"contacts.eraser": ("contacts-registry",)}),
            Role("matcher", match, {"contacts.matcher": ("contacts",)}, "beginning"),
        ),
    )
