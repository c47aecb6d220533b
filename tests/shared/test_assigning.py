"""Which worker of a processor gets which partitions: those of one number stay together, as overrides.py makes it."""

from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.assignor.client_assignment import ClientAssignment, ClientMetadata
from faust.assignor.partition_assignor import PartitionAssignor

from shared.processor import overrides

WIDE, NARROW, TABLE = "ticks", "events-of-one-partition", "p-timers-changelog"
COUNTS = {WIDE: 4, NARROW: 1, TABLE: 4}


@pytest.fixture
def assignor() -> Any:
    overrides.apply()
    app: Any = faust.App("p", broker="kafka://nowhere", store="memory://", topic_disable_leader=True)
    app.Table("timers", partitions=4)
    return PartitionAssignor(app)


def member(name: str, **had: list[int]) -> Any:
    """A worker with what it had before the rebalance."""
    actives = {topic: had.get("one", []) if topic == NARROW else had.get("many", []) for topic in COUNTS}
    url = f"http://{name}"
    metadata = ClientMetadata(
        assignment=ClientAssignment(actives=actives, standbys={}), url=url, changelog_distribution={}
    )
    return SimpleNamespace(subscription=list(COUNTS), user_data=metadata.dumps())


def given(assignor: Any, **members: Any) -> dict[str, dict[str, list[int]]]:
    cluster: Any = SimpleNamespace(partitions_for_topic=lambda topic: set(range(COUNTS[topic])))
    assigned = assignor.assign(cluster, members)
    return {name: {topic: sorted(mine) for topic, mine in each.assignment} for name, each in assigned.items()}


def test_events_of_a_decider_with_one_partition_go_to_the_worker_that_keeps_the_timers_of_partition_0(
    assignor: Any,
) -> None:
    workers = given(assignor, a=member("a", one=[0], many=[2, 3]), b=member("b", one=[], many=[0, 1]))
    assert workers["b"] == {WIDE: [0, 1], TABLE: [0, 1], NARROW: [0]}
    assert workers["a"] == {WIDE: [2, 3], TABLE: [2, 3], NARROW: []}
    assert given(assignor, a=member("a"))["a"] == {topic: list(range(count)) for topic, count in COUNTS.items()}
