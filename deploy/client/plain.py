"""Simplify schemas before models are generated from them."""

from typing import Any

COPIED_KEYWORDS = ("type", "format", "enum", "const")
DECIMAL = {"type": "string", "format": "decimal"}
"""Schema of an amount, which requests may hold as number or text, and answers hold as text."""


def plain(schema: Any, names: bool = False) -> Any:
    """Return a schema without titles and without defaults of references. `names`: its keys are names of properties.

    A nullable type becomes one type, and items of a list lose their bounds, since the generator would create a class
    for each; the service checks the bounds.
    """
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = schema if names else _one_type(schema)
    dropped = () if names else ("title", "default") if "$ref" in schema else ("title",)
    return {name: plain(value, name == "properties") for name, value in schema.items() if name not in dropped}


def _one_type(schema: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in schema.get("anyOf", ()) if choice.get("type") != "null"]
    nullable = len(choices) < len(schema.get("anyOf", ()))
    if {choice.get("type") for choice in choices} == {"number", "string"}:
        choices = [DECIMAL]
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    if len(choices) == 1 and choices[0].get("type") in ("string", "integer", "number", "boolean"):
        [only] = choices
        if "enum" in only:
            return schema
        return {**rest, **only, "type": [only["type"], "null"] if nullable else only["type"]}
    if "items" in schema and schema["items"].get("type") in ("string", "integer", "number"):
        return {**schema, "items": {name: value for name, value in schema["items"].items() if name in COPIED_KEYWORDS}}
    return schema
