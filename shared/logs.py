"""Logging. Of errors of libraries only type and place are logged, never their text, which may quote a patient.

Our own errors have texts without personal data; those of Kafka and the system name hosts and codes. An entry is one
line, in UTC, whatever the logged text contains.
"""

import logging
import re
import sys
import time
import traceback
from types import TracebackType

from aiokafka.errors import KafkaError
from pydantic import ValidationError

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
OURS = ("shared", "services", "deploy")
NOISY = ("aiokafka", "faust", "mode", "httpx", "pymongo", "kafka")


def error_text(error: BaseException) -> str:
    """An error in one line without personal data."""
    name = type(error).__name__
    if isinstance(error, ValidationError):
        faults = error.errors(include_input=False, include_context=False, include_url=False)
        text = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults[:10])
    elif isinstance(error, KafkaError) or type(error).__module__.partition(".")[0] in OURS:
        text = str(error).removeprefix(f"{name}: ")  # Kafka's begin with it
    else:
        text = (error.strerror or "") if isinstance(error, OSError) else ""
    return f"{name}: {text}" if text else name


def places(error: BaseException) -> str:
    """An error with its causes, the first cause first: traceback and text of each."""
    chain, current = list[BaseException](), error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)  # type: ignore[assignment]
    lines = []
    for cause in reversed(chain):
        lines += [*traceback.format_tb(cause.__traceback__), error_text(cause)]
        lines += [places(inner) for inner in getattr(cause, "exceptions", ())]
    return "\n".join(line.rstrip("\n") for line in lines)


class Discreet(logging.Formatter):
    """A formatter that logs an error as its type and place.

    Control characters are escaped, so that text from outside cannot look like an entry. The traceback follows on lines
    of its own that begin with a space.
    """

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The entry; errors among its arguments are formatted by `words`."""
        if isinstance(record.args, tuple):
            record.args = tuple(error_text(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 the name of logging
        """The first line of an entry."""
        return _escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 the name of logging
        """The lines after an entry that was logged with an error."""
        error = ei[1] if isinstance(ei, tuple) else None
        lines = places(error).splitlines() if isinstance(error, BaseException) else []
        return "\n".join(f" {_escaped(line)}" for line in lines)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda control: repr(control[0])[1:-1], text)


def start() -> None:
    """Log to stderr, uncaught exceptions included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _uncaught


def _uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    logging.getLogger("careloop").critical("the process ends", exc_info=(kind, error, where))
