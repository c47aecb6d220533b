"""The settings of every service together, as the launcher, the command line and each process read them."""

from services.his_adapter.settings import HisSettings
from services.notify.settings import NotifySettings


class AllSettings(HisSettings, NotifySettings):
    """One object for one process. A service with settings of its own adds its class here."""
