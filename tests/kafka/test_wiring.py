"""What holds on the embedded broker holds with transactions on Apache Kafka."""

import pytest

from tests.deploy.operating.test_rebuild import (  # noqa: F401
    test_a_rebuild_while_events_go_on_shows_what_one_in_one_go_shows,
)
from tests.shared.test_damaged_log import *  # noqa: F403
from tests.shared.test_known_log import *  # noqa: F403
from tests.shared.test_timers import *  # noqa: F403
from tests.shared.test_too_large import *  # noqa: F403
from tests.shared.test_wiring import *  # noqa: F403

pytestmark = pytest.mark.kafka
