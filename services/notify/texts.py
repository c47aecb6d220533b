"""One text in Jinja2: what it uses, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import TemplateAssertionError, nodes
from jinja2.meta import find_undeclared_variables

from services.notify.costs import ENGINE, costly

EVERY_MESSAGE: Mapping[str, Any] = {"hospital": "City Hospital", "name": "王秀英"}
"""What every message has, each with an example. The name may be empty: not everybody's is known."""
_OTHERS = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)


def wrong_with(source: str, values: Mapping[str, Any], lacks: str) -> Iterator[str]:
    """What is wrong with a text that is given these values besides those of every message, as ends of sentences.

    All of it is looked at, also what these examples do not lead to. `lacks` says why another value is not there.
    """
    try:
        yield from _wrong(source, {**EVERY_MESSAGE, **values}, lacks)
    except RecursionError:
        yield "is nested too deep"


def _wrong(source: str, given: Mapping[str, Any], lacks: str) -> Iterator[str]:
    tree = ENGINE.parse(source)
    if costs := next(costly(source, tree), None):  # before all else: Jinja2 works out what is constant as it looks
        yield costs
    elif strange := next(_strange(tree), None):
        yield strange
    elif absent := find_undeclared_variables(tree) - given.keys():
        yield f"uses {quoted(absent)}, which {lacks}: it may use {', '.join(sorted(given))}"
    else:
        yield from _failure(source, given)


def used(source: str) -> frozenset[str]:
    """The values a text uses wherever it may come to; asking `is defined` is a use too."""
    tree = ENGINE.parse(source)
    return (
        frozenset() if any(costly(source, tree)) or any(_strange(tree)) else frozenset(find_undeclared_variables(tree))
    )


def quoted(names: Iterable[str]) -> str:
    """Names as they stand in a sentence."""
    return ", ".join(f"`{name}`" for name in sorted(names))


def _strange(tree: nodes.Template) -> Iterator[str]:
    """Why nobody can say what it uses. Jinja2 misses a filter only where the text comes to it: here all are seen."""
    for what, kind, known in (("filter", nodes.Filter, ENGINE.filters), ("test", nodes.Test, ENGINE.tests)):
        if unknown := {node.name for node in tree.find_all(kind)} - known.keys():
            yield f"uses {quoted(unknown)}: there is no such {what}"
    if any(tree.find_all(_OTHERS)):
        yield "uses another template, which no text may"
    try:
        find_undeclared_variables(tree)
    except TemplateAssertionError as error:
        yield f"is no Jinja2: {error.message}"


def _failure(source: str, given: Mapping[str, Any]) -> Iterator[str]:
    for values, whose in ((given, ""), ({**given, "name": ""}, " where the name is not known")):
        try:
            ENGINE.from_string(source).render(values)
        except Exception as error:  # a text may fail in any way that its values can
            yield f"cannot be rendered{whose}: {type(error).__name__}: {error}"
            break
