"""Builds notify, for production and tests alike."""

from services.notify.api import routes
from services.notify.channels import Channel
from services.notify.channels.email import Email
from services.notify.domain import DECIDER
from services.notify.policies import POLICIES
from services.notify.projections import PROJECTIONS
from services.notify.sender import send
from services.notify.settings import CALLBACKS, SMTP, NotifySettings
from shared.host.deps import Deps
from shared.links import SIGNED_LINKS
from shared.projector.standard import Trace
from shared.service import Role, Service
from shared.settings import Settings


async def sender(deps: Deps) -> None:
    """Run the sender role with the real channels."""
    channels: dict[str, Channel] = {"email": Email(NotifySettings.of(deps.settings).smtp, deps.clock)}
    await send(deps, channels)


def build(settings: Settings) -> Service:
    """The service."""
    return Service(
        name="notify",
        deciders=(DECIDER,),
        policies=POLICIES,
        projections=PROJECTIONS,
        trace=Trace(
            ids=("person_id", "message_id"),
            says=("due", "timer_id", "definition", "template", "channel", "reason", "until", "purpose", "provider_id"),
        ),
        definitions_from=("notify", "contacts"),
        api=routes,
        scopes={"notify": ("read", "settle")},
        roles=(Role("sender", sender, {"notify.sender": ("notify",)}),),
        uses={"api": (CALLBACKS,), "sender": (SIGNED_LINKS, SMTP)},
    )
