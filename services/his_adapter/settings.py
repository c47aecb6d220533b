"""All settings of his_adapter, but those of payments, which stand alone (`payments/settings.py`)."""

from services.his_adapter.formats.settings import FormatSettings
from services.his_adapter.payments.settings import PaymentSettings
from services.his_adapter.pulling.settings import PullSettings
from services.his_adapter.requests.settings import RequestSettings


class HisSettings(FormatSettings, PullSettings, RequestSettings):
    """The settings of its rooms in one class; each room reads its own."""


SETTINGS = (HisSettings, PaymentSettings)
"""The classes that are part of the settings of every process."""
