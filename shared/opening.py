"""Read models keep events sealed; this opens them for a reader. An erased person's fields come out as None."""

from collections.abc import Sequence
from typing import Any

import orjson

from shared.codec import Codec, Encoded, Refusal
from shared.envelope import Envelope


async def opened(codec: Codec, rows: Sequence[dict[str, Any]], field: str = "event") -> list[Envelope[Any]]:
    """The typed envelope of each row. Raises ValueError for a row no current model reads."""
    found = await codec.decode([Encoded(orjson.dumps(row[field])) for row in rows])
    for row, envelope in zip(rows, found, strict=True):
        if isinstance(envelope, Refusal):
            raise ValueError(f"{row.get('_id')}: {envelope.detail}")
    return found
