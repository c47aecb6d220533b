"""Response model of polled sources."""

from pydantic import AwareDatetime

from shared.answers import Answer


class Feed(Answer):
    """A polled source: `read` resources so far, complete up to `since`; `trouble` is the error that stops it, or "".

    `position` is internal to the puller.
    """

    feed: str
    noted: AwareDatetime
    position: dict[str, str | int]
    since: str
    read: int
    trouble: str
    kind: str | None = None
