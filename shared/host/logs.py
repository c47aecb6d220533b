"""How a process logs: one line an entry, in UTC, whatever the text within it was made of."""

import logging
import re
import sys
import time

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_NOISY = ("aiokafka", "faust", "mode", "httpx", "pymongo", "kafka")


class OneLine(logging.Formatter):
    """Control characters of a message are escaped, so that no text from outside can pretend to be an entry.

    A traceback follows on lines of its own, each begun with a space.
    """

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own word)
        """The line of an entry."""
        return _escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 (logging's own word)
        """The traceback, within which an error's own words may have lines too."""
        lines = super().formatException(ei).splitlines()  # type: ignore[arg-type]  # as logging gives it
        return "\n".join(f" {_escaped(line)}" for line in lines)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def start() -> None:
    """What this process logs goes to standard error; libraries speak up only where something is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
