"""Decrypts events in read models, which store them encrypted. Personal fields of erased persons are None."""

from collections.abc import Sequence
from typing import Any

import orjson

from shared.codec import Codec, Encoded, Refusal
from shared.envelope import Envelope


async def opened(codec: Codec, rows: Sequence[dict[str, Any]], field: str = "event") -> list[Envelope[Any]]:
    """The typed envelope of each row. Raises ValueError for a row that no current model can read."""
    envelopes = await codec.decode([Encoded(orjson.dumps(row[field])) for row in rows])
    for row, envelope in zip(rows, envelopes, strict=True):
        if isinstance(envelope, Refusal):
            raise ValueError(f"{row.get('_id')}: {envelope.detail}")
    return envelopes
