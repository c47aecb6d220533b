"""Who looked at whom: an answer that tells of people leaves only once it is durable that it was given, and to whom.

`seen` collects the people of one request, `Recorder` writes the event, `Spool` keeps it while Kafka is away.
"""

from shared.audit.recorder import NotRecorded, Recorder
from shared.audit.seen import Seen, seen

__all__ = ["NotRecorded", "Recorder", "Seen", "seen"]
