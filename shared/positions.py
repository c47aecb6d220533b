"""The opaque position of read models: {"topic-partition": next offset} as one URL-safe word."""

import base64

import orjson
from aiokafka import TopicPartition

from shared.problems import Problem

Vector = dict[str, int]


def offsets(vector: Vector) -> dict[TopicPartition, int]:
    """A position vector by `TopicPartition`."""
    split = ((name.rpartition("-"), next) for name, next in vector.items())
    return {TopicPartition(topic, int(number)): next for (topic, _, number), next in split}


def token(vector: Vector) -> str:
    """The word for a vector; equal vectors give equal words."""
    return base64.urlsafe_b64encode(orjson.dumps(vector, option=orjson.OPT_SORT_KEYS)).decode().rstrip("=")


def vector(word: str) -> Vector:
    """The vector of a word. Raises a 400 problem for anything else."""
    try:
        raw = orjson.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))
        return {str(name): int(offset) for name, offset in raw.items()}
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise Problem(400, "position-invalid", "`min_position` must be a `position` this API gave out") from error
