"""Which fields of a message are personal, and how to take them out and put them back."""

from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from shared.contracts.base import PERSONAL

Plan = dict[str, "Plan | None"]
"""Field → None where the whole field is personal, else the plan of the model (or models) inside it."""


@cache
def plan_of(model: type[BaseModel]) -> Plan:
    """The personal fields of a model, nested ones included."""
    plan: Plan = {}
    for name, field in model.model_fields.items():
        if PERSONAL in field.metadata:
            plan[name] = None
            continue
        for inner in _models_in(field.annotation):
            if nested := plan_of(inner):
                plan[name] = nested
    return plan


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]


def take_out(plan: Plan, data: dict[str, Any]) -> dict[str, Any]:
    """Remove the personal fields from `data`; returns them in the same shape, list items by position."""
    secret: dict[str, Any] = {}
    for name, nested in plan.items():
        value = data.get(name)
        if value is None:
            continue
        if nested is None:
            secret[name] = data.pop(name)
        elif isinstance(value, list):
            parts = {str(at): inner for at, item in enumerate(value) if (inner := take_out(nested, item))}
            secret |= {name: parts} if parts else {}
        elif inner := take_out(nested, value):
            secret[name] = inner
    return secret


def put_back(plan: Plan, data: dict[str, Any], secret: dict[str, Any]) -> None:
    """The inverse of `take_out`, in place."""
    for name, value in secret.items():
        nested = plan.get(name)
        if nested is None:
            data[name] = value
        elif isinstance(data[name], list):
            for at, inner in value.items():
                put_back(nested, data[name][int(at)], inner)
        else:
            put_back(nested, data[name], value)
