"""All settings of his_adapter, by room; those of payments stand alone."""

from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.payments.settings import PaymentSettings
from services.his_adapter.pulling.settings import PullSettings
from services.his_adapter.requests.settings import RequestSettings


class HisSettings(FormatSettings, PullSettings, RequestSettings):
    """The settings of the rooms in one class; each room reads its own."""


SETTINGS = (HisSettings, PaymentSettings)
"""The classes that are part of the settings of every process."""
