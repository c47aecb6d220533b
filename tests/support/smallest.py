"""The smallest value that a JSON Schema allows, so that a test need not list a body for every route."""

from typing import Any

Schema = dict[str, Any]


def smallest(schema: Schema, components: Schema) -> Any:
    """A value of `schema` with its required fields alone. `components`: the schemas of the document, by name."""
    if "$ref" in schema:
        return smallest(components[schema["$ref"].rpartition("/")[2]], components)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return smallest(choices[0], components)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "string":
            return "x" * max(1, schema.get("minLength", 0))
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case "array":
            return [smallest(schema["items"], components)] * schema.get("minItems", 0)
        case _:
            fields = schema.get("properties", {})
            return {name: smallest(fields[name], components) for name in schema.get("required", ())}
