"""Limits the size of request bodies, and how long they may take."""

import asyncio

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

KIBI = 1024
BODY_BYTES = 64 * KIBI
"""Maximum size of a body if its route has no own limit (`max_body_size`)."""
GRACE_SECONDS, SLOWEST = 30.0, 16 * KIBI
"""How long a body may take, and how many bytes per second extend that: slower clients hold a connection for nothing."""


def limited(request: Request, most: int) -> Receive:
    """A `receive` that enforces the limits of a request's body.

    Raises a 413 if more than `most` bytes are announced or arrive, whichever is first, and a 408 if it takes too long.
    """
    announced = request.headers.get("content-length", "")[:19]
    size, read = int(announced) if announced.isascii() and announced.isdecimal() else 0, 0
    now = asyncio.get_running_loop().time
    began = now()

    async def receive() -> Message:
        nonlocal read
        message: Message = {}
        if size <= most:
            try:
                async with asyncio.timeout_at(began + GRACE_SECONDS + read / SLOWEST):
                    message = await request.receive()
            except TimeoutError as error:
                raise HTTPException(408, f"the body came too slowly: {read} bytes in {now() - began:.0f} s") from error
        read += len(message.get("body", b""))
        if max(size, read) > most:
            raise HTTPException(413, f"a body of more than {most} bytes is not taken")
        return message

    return receive
