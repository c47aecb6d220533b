"""Read YAML documents with limits: of size, and of values, since aliases can expand one line to millions of values."""

from collections.abc import Iterator
from typing import Any

import yaml

MAX_FILE_BYTES, MAX_VALUES = 2 << 20, 200_000
"""Limits: bytes of a file, values of a document after its aliases are expanded."""


class NotYaml(Exception):
    """The file cannot be read as YAML; the text says why."""


def documents_in(raw: bytes) -> Iterator[Any]:
    """Yield the documents of a file. Raises `NotYaml`."""
    if len(raw) > MAX_FILE_BYTES:
        raise NotYaml(f"it has more than {MAX_FILE_BYTES >> 20} MiB: split it")
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
    ) as error:  # invalid values
        raise NotYaml(" ".join(str(error).split())[:500]) from error


class _Loader(yaml.SafeLoader):
    def construct_document(self, node: yaml.Node) -> Any:
        """Construct a document, unless it has too many values."""
        if _expanded_values(node, {}) > MAX_VALUES:
            raise NotYaml(f"it has more than {MAX_VALUES} values, aliases written out: split it")
        return super().construct_document(node)


def _expanded_values(node: yaml.Node, counts: dict[int, int]) -> int:
    """Return the number of values of a node with its aliases expanded.

    `counts` holds the nodes counted before. A node that is being counted has `MAX_VALUES` + 1 there, so that a
    recursive alias exceeds the limit.
    """
    if id(node) not in counts:
        counts[id(node)] = MAX_VALUES + 1
        items = node.value if isinstance(node, yaml.CollectionNode) else ()
        parts = [part for item in items for part in (item if isinstance(item, tuple) else (item,))]
        counts[id(node)] = 1 + sum(_expanded_values(part, counts) for part in parts)
    return counts[id(node)]
