"""Values that topics, checkpoints and documents hold as text, and models as what the text says."""

from collections.abc import Callable
from typing import Any

from pydantic_core import CoreSchema, core_schema


class TextForm:
    """Annotates a field that is read from text once, by `read`, and written as text again, by `write`.

    `Annotated[Thing, TextForm(Thing.of)]` holds a `Thing`; JSON has its text, also as the key of an object. `read`
    raises ValueError for a text that it cannot read.
    """

    def __init__(self, read: Callable[[str], Any], write: Callable[[Any], str] = str) -> None:
        self._read, self._write = read, write

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """Validate text or the value itself; serialise to text."""
        text = core_schema.str_schema()
        write = core_schema.plain_serializer_function_ser_schema(self._write, return_schema=text)
        return core_schema.no_info_plain_validator_function(self._of, serialization=write)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        """Say that it is a text."""
        return {"type": "string"}

    def _of(self, value: Any) -> Any:
        return self._read(value) if isinstance(value, str) else value
