"""Audit of reads: an answer with data of persons is sent only after its audit event is durable.

`seen` collects the persons of one request, `Recorder` writes the event, `Spool` keeps it while Kafka is away.
"""

from shared.audit.recorder import NotRecorded, Recorder
from shared.audit.seen import Seen, seen

__all__ = ["NotRecorded", "Recorder", "Seen", "seen"]
