"""Damages valid JSON: values are replaced, removed or moved."""

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.support.nasty import NUMBERS, OTHERS, TEXTS

Path = tuple[Any, ...]
WRONG = st.sampled_from([text for text in TEXTS if text.isascii()]) | st.sampled_from(NUMBERS) | st.sampled_from(OTHERS)
GONE = object()


def damaged(value: Any, also: st.SearchStrategy[Any] = st.nothing()) -> st.SearchStrategy[Any]:
    """The value with up to six edits; `also` are wrong values of its own kind."""
    places = list(_places(value, ()))
    edit = st.tuples(st.sampled_from(places), also | WRONG | st.just(GONE) | st.sampled_from(places).map(_At))
    return st.lists(edit, min_size=1, max_size=6).map(lambda edits: _edited(value, edits))


class _At:
    """Stands for the value at another path of the document."""

    def __init__(self, path: Path) -> None:
        self.path = path


def _places(value: Any, at: Path) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield (*at, name)
        yield from _places(inner, (*at, name))


def _edited(value: Any, edits: list[tuple[Path, Any]]) -> Any:
    for path, new in edits:
        replacement = _found(value, new.path) if isinstance(new, _At) else new
        value = _put(value, path, replacement)
    return value


def _found(value: Any, path: Path) -> Any:
    for name in path:
        try:
            value = value[name]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _put(value: Any, path: Path, new: Any) -> Any:
    """A copy with another value at a path; unchanged if the path no longer exists."""
    name, *rest = path
    if isinstance(value, dict) and name in value:
        inner = _put(value[name], tuple(rest), new) if rest else new
        return {key: inner if key == name else each for key, each in value.items() if key != name or inner is not GONE}
    if isinstance(value, list) and isinstance(name, int) and name < len(value):
        inner = _put(value[name], tuple(rest), new) if rest else new
        return [inner if at == name else each for at, each in enumerate(value) if at != name or inner is not GONE]
    return value
