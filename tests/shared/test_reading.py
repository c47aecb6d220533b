"""Whether a log holds what is known of it: a position against its beginning and its end."""

import pytest
from aiokafka import TopicPartition

from shared.bus.consuming import LogCut, within
from shared.bus.topics import most_bytes
from shared.settings_kafka import Kafka

KAFKA, EMBEDDED = Kafka(), Kafka(transactions=False)
EVENTS, INBOX = (TopicPartition(f"careloop.counter.{kind}.v1", 0) for kind in ("events", "inbox"))


def test_a_position_within_the_log_is_served() -> None:
    for tp in (EVENTS, INBOX):
        for position in (3, 5, 7):
            within(KAFKA, tp, position, 3, 7)


def test_a_position_beyond_the_end_is_not() -> None:
    with pytest.raises(LogCut, match=r"careloop\.counter\.inbox\.v1-0 ends at 7, but was read up to 8"):
        within(KAFKA, INBOX, 8, 3, 7)
    within(EMBEDDED, INBOX, 8, 3, 7)  # that broker tells too low an end


def test_events_must_be_whole_and_what_expires_may_have_expired() -> None:
    with pytest.raises(LogCut, match="begins at 3, but was read only up to 2: events are gone"):
        within(KAFKA, EVENTS, 2, 3, 7)
    within(KAFKA, INBOX, 2, 3, 7)


@pytest.mark.parametrize(
    ("topic", "most"),
    [
        ("careloop.his-adapter.raw.v1", 32 << 20),
        ("careloop.contacts.dlq", 32 << 20),
        ("careloop.contacts.events.v1", 1_048_588),
        ("contacts.processor-timers-changelog", 1_048_588),
    ],
)
def test_the_largest_batch_a_topic_takes_follows_its_settings(topic: str, most: int) -> None:
    assert most_bytes(topic) == most
