"""The settings of all services in one class, as the launcher, the command line and each process read them."""

from typing import TYPE_CHECKING

from deploy.catalogue import settings_class
from shared.settings import Settings

if TYPE_CHECKING:
    AllSettings = Settings  # those of one service: `HisSettings.of(settings)`
else:
    AllSettings = settings_class()
