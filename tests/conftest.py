"""What every test may use."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import settings

SHANGHAI = timezone(timedelta(hours=8))
settings.register_profile("careloop", deadline=None, max_examples=60)
settings.load_profile("careloop")


@pytest.fixture
def monday() -> datetime:
    """Monday 9 March 2026, 10:00 in Shanghai."""
    return datetime(2026, 3, 9, 10, 0, tzinfo=SHANGHAI)
