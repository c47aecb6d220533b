"""What a process logs: of errors that others raise their type and where, never their words, which may quote a patient.

Errors of ours word themselves with that in mind; of Kafka and of the system the words name hosts and codes. An entry is
one line, in UTC, whatever the text within it was made of.
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


def words(error: BaseException) -> str:
    """What may be said of an error in one line."""
    name = type(error).__name__
    if isinstance(error, ValidationError):
        faults = error.errors(include_input=False, include_context=False, include_url=False)
        told = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults[:10])
    elif isinstance(error, KafkaError) or type(error).__module__.partition(".")[0] in OURS:
        told = str(error).removeprefix(f"{name}: ")  # Kafka's begin with it
    else:
        told = (error.strerror or "") if isinstance(error, OSError) else ""
    return f"{name}: {told}" if told else name


def places(error: BaseException) -> str:
    """An error with what led to it, the first cause first: where each was raised, and its words as far as they go."""
    chain, each = list[BaseException](), error
    while each is not None and each not in chain:
        chain.append(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)  # type: ignore[assignment]
    lines = []
    for one in reversed(chain):
        lines += [*traceback.format_tb(one.__traceback__), words(one)]
        lines += [places(inner) for inner in getattr(one, "exceptions", ())]
    return "\n".join(line.rstrip("\n") for line in lines)


class Discreet(logging.Formatter):
    """A formatter for which an error is its type and its place.

    Control characters of a message are escaped, so that no text from outside can pretend to be an entry. What is said
    of an error follows on lines of its own, each begun with a space.
    """

    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """The line; an error among what it tells is told by `words`."""
        if isinstance(record.args, tuple):
            record.args = tuple(words(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 the name of logging
        """The line of an entry."""
        return _escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 the name of logging
        """What follows the line where an error is logged with it."""
        error = ei[1] if isinstance(ei, tuple) else None
        lines = places(error).splitlines() if isinstance(error, BaseException) else []
        return "\n".join(f" {_escaped(line)}" for line in lines)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda control: repr(control[0])[1:-1], text)


def start() -> None:
    """Log to stderr, also what nobody catches."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    sys.excepthook = _uncaught


def _uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    logging.getLogger("careloop").critical("the process ends", exc_info=(kind, error, where))
