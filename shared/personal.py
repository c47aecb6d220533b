"""Finds the personal fields of a message, takes them out and puts them back."""

from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel

from shared.contracts.base import PERSONAL

P = TypeVar("P", bound=BaseModel)
FieldTree = dict[str, "FieldTree | None"]
"""Field → None if the whole field is personal, else the tree of the model (or models) in it.

The field `*` stands for every item of a list or mapping of models.
"""
EACH = "*"


@cache
def field_tree(model: type[BaseModel]) -> FieldTree:
    """The personal fields of a model with nested ones, as they are written; for a union those of all of its models."""
    tree: FieldTree = {}
    for field_name, field in model.model_fields.items():
        name = field.alias or field_name
        if PERSONAL in field.metadata:
            tree[name] = None
            continue
        for inner in _models_in(field.annotation):
            if nested := field_tree(inner):
                previous = tree.get(name) or {}
                is_model = _is_model(field.annotation)
                tree[name] = previous | nested if is_model else {EACH: (previous.get(EACH) or {}) | nested}
    return tree


def _is_model(annotation: Any) -> bool:
    """Whether a field holds a model itself (one of several, or None), not a collection."""
    parts = [part for part in _choices(annotation) if part is not type(None)]
    return all(isinstance(part, type) and issubclass(part, BaseModel) for part in parts)


def _choices(annotation: Any) -> list[Any]:
    """The members of a union, however it is annotated."""
    if get_origin(annotation) is Annotated:
        return _choices(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return [choice for part in get_args(annotation) for choice in _choices(part)]
    return [annotation]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def take_out(tree: FieldTree, data: dict[str, Any]) -> dict[str, Any]:
    """Remove the personal fields from `data`; returns them in the same shape, list items by position."""
    secret: dict[str, Any] = {}
    for name, nested in tree.items():
        value = data.get(name)
        if value is None:
            continue
        if nested is None:
            secret[name] = data.pop(name)
        elif EACH in nested:
            pairs = value.items() if isinstance(value, dict) else enumerate(value)
            parts = {str(at): inner for at, item in pairs if (inner := take_out(nested[EACH] or {}, item))}
            secret |= {name: parts} if parts else {}
        elif inner := take_out(nested, value):
            secret[name] = inner
    return secret


def forgotten(value: P) -> P:
    """The model as it is after its person was erased."""
    data = value.model_dump(mode="json")
    take_out(field_tree(type(value)), data)
    return type(value).model_validate(data)


def put_back(tree: FieldTree, data: dict[str, Any], secret: dict[str, Any]) -> None:
    """The inverse of `take_out`, in place."""
    for name, value in secret.items():
        nested = tree.get(name)
        if nested is None:
            data[name] = value
        elif EACH in nested:
            items = data[name]
            for at, inner in value.items():
                put_back(nested[EACH] or {}, items[at if isinstance(items, dict) else int(at)], inner)
        else:
            put_back(nested, data[name], value)
