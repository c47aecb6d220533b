"""Schemas as the models of the client want them: what only clutters them is left out."""

from typing import Any

KEPT = ("type", "format", "enum", "const")
DECIMAL = {"type": "string", "format": "decimal"}
"""An amount: it may be sent as a number or as text, and is answered as text."""


def plain(schema: Any, names: bool = False) -> Any:
    """Without titles that say a field's name again, and without defaults that are models.

    What may be null is one type, and items of a list are bare: the generator makes a class of each otherwise. Bounds of
    items are left to the service.
    """
    if isinstance(schema, list):
        return [plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    schema = schema if names else _one_type(schema)
    left = () if names else ("title", "default") if "$ref" in schema else ("title",)
    return {name: plain(value, name == "properties") for name, value in schema.items() if name not in left}


def _one_type(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    null = len(choices) < len(schema.get("anyOf", ()))
    if {each.get("type") for each in choices} == {"number", "string"}:
        choices = [DECIMAL]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if len(choices) == 1 and choices[0].get("type") in ("string", "integer", "number", "boolean"):
        [only] = choices
        if "enum" in only:
            return schema
        return {**rest, **only, "type": [only["type"], "null"] if null else only["type"]}
    if "items" in schema and schema["items"].get("type") in ("string", "integer", "number"):
        return {**schema, "items": {name: value for name, value in schema["items"].items() if name in KEPT}}
    return schema
