# /// script
# requires-python = ">=3.11"
# dependencies = ["quixstreams==3.28.1"]
# ///
"""BOOTSTRAP TOPIC OUT GROUP DIRECTORY: counts per key in RocksDB, exactly once, and writes each record on."""

import sys
from typing import Any

from quixstreams import Application

bootstrap, topic, out, group, directory = sys.argv[1:]
application = Application(
    broker_address=bootstrap,
    consumer_group=group,
    auto_offset_reset="earliest",
    processing_guarantee="exactly-once",
    state_dir=directory,
    commit_interval=0.5,
    loglevel="WARNING",
)


def number(value: dict[str, Any], state: Any) -> dict[str, Any]:
    """The record with its number."""
    now = state.get("count", 0) + 1
    state.set("count", now)
    return {**value, "sequence": now}


records = application.dataframe(application.topic(topic, value_deserializer="json"))
records = records.apply(number, stateful=True)
records.to_topic(application.topic(out, value_serializer="json"))
application.run()
