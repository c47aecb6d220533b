"""What would lie open if every role of every service ran with these settings, and what they would start with."""

from deploy.catalogue import load_all, unstarted
from shared.host.exposure import exposures, warnings
from shared.host.run import roles_of
from shared.settings import Settings


def exposed(settings: Settings) -> list[str]:
    """Each sentence once."""
    services = load_all(unstarted())
    return list(dict.fromkeys(each for one in services for each in exposures(settings, one, roles_of(one))))


def accepted(settings: Settings) -> list[str]:
    """What is warned of at each start, each sentence once; the keys must be sound."""
    services = load_all(unstarted())
    return list(dict.fromkeys(each for one in services for each in warnings(settings, one, roles_of(one))))
