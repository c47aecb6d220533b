"""Nothing that a request says is without a bound: each text, list and mapping, shown to catch one that is."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, TypeAdapter

from deploy.catalogue import load_all
from deploy.settings import AllSettings
from shared.contracts.bounds import Code
from shared.http import Body
from shared.settings import Keys

BOUNDED = {"string": ("maxLength", "enum", "const", "format"), "array": ("maxItems",), "object": ("maxProperties",)}
"""What bounds a value of each type, as JSON Schema says it; the names of an object and a pattern are taken to."""


def bodies(model: type[Body] = Body) -> Iterator[type[Body]]:
    """Every model of a request's body."""
    for each in model.__subclasses__():
        yield each
        yield from bodies(each)


def unbounded(model: type[Body]) -> list[str]:
    """The fields of a body that hold something without a bound. Contracts are bounded by `strictly`."""
    wrong = []
    for name, field in model.model_fields.items():
        if _is_strict((field.annotation, *field.metadata)):
            continue
        annotated = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
        schema = TypeAdapter[Any](annotated).json_schema()
        wrong += [f"{model.__name__}.{name}" for node in _nodes(schema) if not _is_bounded(node)]
    return wrong


def _is_strict(annotations: tuple[Any, ...]) -> bool:
    return any(isinstance(each, BeforeValidator) or _is_strict(get_args(each)) for each in annotations)


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if any(one.get("type") == "number" for one in schema.get("anyOf", ())):
            return  # a decimal, which may also be written as text
        yield schema
        for inner in schema.values():
            yield from _nodes(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _nodes(inner)


def _is_bounded(node: dict[str, Any]) -> bool:
    known = BOUNDED.get(str(node.get("type")), ())
    whole = {"properties", "propertyNames", "pattern"} & node.keys()
    return not known or whole or any(bound in node for bound in known)


def test_every_text_list_and_mapping_of_a_request_has_a_bound() -> None:
    load_all(AllSettings(keys=Keys(master="11" * 32, site="22" * 32)))
    ours = [body for body in bodies() if body.__module__.startswith("services.")]
    assert len(ours) > 10
    assert [field for body in ours for field in unbounded(body)] == []

    class Loose(Body):
        text: str
        maybe: str | None = None
        many: tuple[Code, ...] = ()
        named: dict[str, Code] = {}

    assert unbounded(Loose) == ["Loose.text", "Loose.maybe", "Loose.many", "Loose.named"]
