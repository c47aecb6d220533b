"""Security faults and warnings of settings, if every role of every service ran with them."""

from deploy.catalogue import load_all, unstarted
from shared.host.exposure import exposures, warnings
from shared.host.run import roles_of
from shared.settings import Settings


def exposed(settings: Settings) -> list[str]:
    """Return the faults with which no role starts, each sentence once."""
    services = load_all(unstarted())
    return list(dict.fromkeys(s for service in services for s in exposures(settings, service, roles_of(service))))


def accepted(settings: Settings) -> list[str]:
    """Return the warnings at start, each sentence once. The settings of keys must be valid."""
    services = load_all(unstarted())
    return list(dict.fromkeys(s for service in services for s in warnings(settings, service, roles_of(service))))
