"""Limits the cost of rendering a template: Jinja2 is a language, and a short program in it can run for ever."""

import re
from collections.abc import Iterator
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.filters import do_format
from jinja2.sandbox import ImmutableSandboxedEnvironment

from shared.contracts.bounds import MAX_ARTICLE_CHARACTERS

LOOPS, TURNS = 2, 1000
"""Most nested loops, and most numbers of a `range`."""
GROWING = (nodes.Macro, nodes.CallBlock, nodes.AssignBlock, nodes.NSRef, nodes.Pow)
FILTERS = {
    *("abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float", "forceescape"),
    *("format", "groupby", "int", "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject"),
    *("rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr", "sort", "string", "striptags"),
    *("sum", "title", "tojson", "trim", "truncate", "unique", "upper", "urlencode", "urlize", "wordcount"),
}
"""Filters whose result is not much longer than their input."""
CALLS = frozenset(
    [
        "cycle",
        "endswith",
        "get",
        "items",
        "keys",
        "lower",
        "range",
        "split",
        "startswith",
        "strip",
        "title",
        "upper",
        "values",
    ]
)
_WIDE = re.compile(r"\d{4}|\*")


def _numbers(count: int, *more: int) -> range:
    """`range` with at most `TURNS` numbers; Jinja2's own allows 100,000."""
    numbers = range(count, *more)
    if len(numbers) > TURNS:
        raise SecurityError(f"`range` goes over {TURNS} numbers")
    return numbers


def _formatted(text: str, *values: Any, **named: Any) -> str:
    _narrow(text)
    return do_format(text, *values, **named)


def _replaced(text: str, old: str, new: str, count: int | None = None) -> str:
    if str(text).count(old) * len(new) > MAX_ARTICLE_CHARACTERS:
        raise SecurityError(f"`replace` makes more than {MAX_ARTICLE_CHARACTERS} characters")
    return str(text).replace(old, new, -1 if count is None else count)


def _narrow(text: Any) -> None:
    if isinstance(text, str) and _WIDE.search(text):
        raise SecurityError("a format that is over 999 characters wide")


class Engine(ImmutableSandboxedEnvironment):
    """A sandboxed Jinja2: templates may not run code, and the size of the result is limited by that of the values."""

    intercepted_binops = frozenset(("**", "*", "%"))

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, autoescape=False)
        self.globals["range"] = _numbers
        self.filters |= {"format": _formatted, "replace": _replaced}

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Raises `SecurityError` for an operation whose result may have any size."""
        _narrow(left)
        if operator == "**" or (operator == "*" and not all(isinstance(side, int | float) for side in (left, right))):
            raise SecurityError(f"`{operator}` makes something of any size")
        return super().call_binop(context, operator, left, right)


def costly(source: str, tree: nodes.Template) -> Iterator[str]:
    """Why a text may be too expensive to render, as ends of sentences."""
    if len(source) > MAX_ARTICLE_CHARACTERS:
        yield f"has more than {MAX_ARTICLE_CHARACTERS} characters"
    sums = (part for each in tree.find_all(nodes.Assign) for part in each.find_all((nodes.Add, nodes.Concat)))
    if any(tree.find_all(GROWING)) or any(sums):
        yield "builds texts of texts (a macro, a power, or `set` with a sum), which no message needs"
    filters = [node.name for node in tree.find_all(nodes.Filter)]
    if forbidden := sorted({*filters} & ENGINE_FILTERS - FILTERS):
        yield f"uses the filter `{forbidden[0]}`, which may make a long text of a word"
    called = [getattr(node.node, "attr", getattr(node.node, "name", "?")) for node in tree.find_all(nodes.Call)]
    if forbidden := sorted({*called} - CALLS):
        yield f"calls `{forbidden[0]}`: a text may call {', '.join(sorted(CALLS))}"
    if _loops(tree) > LOOPS or any(loop.recursive for loop in tree.find_all(nodes.For)):
        yield f"has loops that call themselves, or more than {LOOPS} in each other"


def _loops(node: nodes.Node) -> int:
    """The depth of nested loops."""
    inner = max(map(_loops, node.iter_child_nodes()), default=0)
    return inner + isinstance(node, nodes.For)


ENGINE = Engine()
ENGINE_FILTERS = frozenset(ENGINE.filters)
