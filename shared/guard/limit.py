"""No request body is read that is larger than its route takes."""

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

KIBI = 1024
BODY_BYTES = 64 * KIBI
"""What a body may have where its route says nothing else (`max_body_size`)."""


def limited(request: Request, most: int) -> Receive:
    """Reading a request's body: raises a 413 where more than `most` bytes are announced or come, whichever is first."""
    announced = request.headers.get("content-length", "")[:19]
    size, read = int(announced) if announced.isascii() and announced.isdecimal() else 0, 0

    async def receive() -> Message:
        nonlocal read
        message: Message = {} if size > most else await request.receive()
        read += len(message.get("body", b""))
        if max(size, read) > most:
            raise HTTPException(413, f"a body of more than {most} bytes is not taken")
        return message

    return receive
