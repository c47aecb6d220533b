"""What holds on the embedded broker holds with transactions on Apache Kafka."""

import pytest

from tests.shared.test_too_large import *  # noqa: F403
from tests.shared.test_wiring import *  # noqa: F403

pytestmark = pytest.mark.kafka
