"""Checks one Jinja2 text: which values it uses, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import TemplateAssertionError, nodes
from jinja2.meta import find_undeclared_variables

from services.notify.costs import ENGINE, costly

EVERY_MESSAGE: Mapping[str, Any] = {"hospital": "City Hospital", "name": "王秀英"}
"""Values of every message, with examples. The name may be empty, as not every name is known."""
_OTHERS = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)


def wrong_with(source: str, values: Mapping[str, Any], lacks: str) -> Iterator[str]:
    """What is wrong with a text that gets `values` besides those of every message, as ends of sentences.

    Branches that the examples do not reach are checked too. `lacks`: why a missing value is missing.
    """
    try:
        yield from _mistakes(source, {**EVERY_MESSAGE, **values}, lacks)
    except RecursionError:
        yield "is nested too deep"


def _mistakes(source: str, values: Mapping[str, Any], lacks: str) -> Iterator[str]:
    tree = ENGINE.parse(source)
    if costs := next(costly(source, tree), None):  # first, as Jinja2 evaluates constant expressions when it analyses
        yield costs
    elif unusable := next(_unusable(tree), None):
        yield unusable
    elif missing := find_undeclared_variables(tree) - values.keys():
        yield f"uses {quoted(missing)}, which {lacks}: it may use {', '.join(sorted(values))}"
    else:
        yield from _failure(source, values)


def used(source: str) -> frozenset[str]:
    """The values that a text uses in any branch; `is defined` counts as a use."""
    tree = ENGINE.parse(source)
    return (
        frozenset() if any(costly(source, tree)) or any(_unusable(tree)) else frozenset(find_undeclared_variables(tree))
    )


def quoted(names: Iterable[str]) -> str:
    """Names, quoted and sorted, for a sentence."""
    return ", ".join(f"`{name}`" for name in sorted(names))


def _unusable(tree: nodes.Template) -> Iterator[str]:
    """Why the values of a text cannot be determined. All filters are checked, also in branches not rendered."""
    for label, kind, available in (("filter", nodes.Filter, ENGINE.filters), ("test", nodes.Test, ENGINE.tests)):
        if unknown := {node.name for node in tree.find_all(kind)} - available.keys():
            yield f"uses {quoted(unknown)}: there is no such {label}"
    if any(tree.find_all(_OTHERS)):
        yield "uses another template, which no text may"
    try:
        find_undeclared_variables(tree)
    except TemplateAssertionError as error:
        yield f"is no Jinja2: {error.message}"


def _failure(source: str, all_values: Mapping[str, Any]) -> Iterator[str]:
    for values, whose in ((all_values, ""), ({**all_values, "name": ""}, " where the name is not known")):
        try:
            ENGINE.from_string(source).render(values)
        except Exception as error:  # a text may fail in any way that its values can
            yield f"cannot be rendered{whose}: {type(error).__name__}: {error}"
            break
