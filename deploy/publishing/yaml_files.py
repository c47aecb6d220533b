"""YAML that somebody wrote: its documents, or why it has none. An alias may stand for a million values in one line."""

from collections.abc import Iterator
from typing import Any

import yaml

FILE_BYTES, VALUES = 2 << 20, 200_000
"""Of a file, and of a document once its aliases are written out."""


class NotYaml(Exception):
    """It cannot be read; the text says why."""


def documents_in(raw: bytes) -> Iterator[Any]:
    """Every document. Raises `NotYaml`."""
    if len(raw) > FILE_BYTES:
        raise NotYaml(f"it has more than {FILE_BYTES >> 20} MiB: split it")
    try:
        yield from yaml.load_all(raw.decode("utf-8"), Loader=_Loader)
    except RecursionError as error:
        raise NotYaml("it is nested too deep") from error
    except (
        yaml.YAMLError,
        ValueError,
        TypeError,
        AttributeError,
        LookupError,
    ) as error:  # of numbers, times and tags it makes all
        raise NotYaml(" ".join(str(error).split())[:500]) from error


class _Loader(yaml.SafeLoader):
    def construct_document(self, node: yaml.Node) -> Any:
        """The values of a document, once they are counted."""
        if _written_out(node, {}) > VALUES:
            raise NotYaml(f"it has more than {VALUES} values, aliases written out: split it")
        return super().construct_document(node)


def _written_out(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node is; `known` holds those already counted, and those that are being counted as too many."""
    if id(node) not in known:
        known[id(node)] = VALUES + 1
        inner = node.value if isinstance(node, yaml.CollectionNode) else ()
        parts = [part for each in inner for part in (each if isinstance(each, tuple) else (each,))]
        known[id(node)] = 1 + sum(_written_out(part, known) for part in parts)
    return known[id(node)]
