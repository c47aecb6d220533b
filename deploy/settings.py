"""The settings of all services in one class, as the launcher, the command line and each process read them."""

from services.his_adapter.payments.settings import PaymentSettings
from services.his_adapter.settings import HisSettings
from services.notify.settings import NotifySettings


class AllSettings(HisSettings, PaymentSettings, NotifySettings):
    """All settings of a process. A service with its own settings class adds it to the bases."""
