"""No request body is read that is larger than anything a service takes."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """ASGI middleware: a body of more than `most` bytes is answered with 413, before the rest of it is read."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = dict(scope["headers"]).get(b"content-length", b"0")
        announced, read = int(told[:19]) if told.isdigit() else 0, 0

        async def limited() -> Message:
            nonlocal read
            message: Message = {} if announced > self._most else await receive()
            read += len(message.get("body", b""))
            if max(announced, read) > self._most:
                raise HTTPException(413, f"a body of more than {self._most} bytes is not taken")
            return message

        await self._app(scope, limited, send)
