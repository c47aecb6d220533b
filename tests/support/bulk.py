"""A server for FHIR Bulk Data exports (kick-off, status, files) that can be slow, broken or malicious."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import jwt
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from deploy.local.embedded import free_port

TOKEN = "secret"


class BulkServer:
    """The server. `files`: resources by type. `breaks`: after so many lines a file ends, once, in a broken line.

    `requests`: path and Authorization of each request. `sends`: redirects by path. `says`: additional fields of the
    manifest. `bodies`: sent instead of a file, as headers, a piece, and how often the piece is repeated.
    """

    def __init__(self, token: str = TOKEN) -> None:
        self.port, self.token = free_port(), token
        self.files: dict[str, list[Any]] = {}
        self.deleted: list[Any] = []
        self.asked: list[dict[str, str]] = []
        self.polls, self.ended, self.sold = 0, 0, 0
        self.client: Any = None  # the public key of who may buy a token
        self.breaks: int | None = None
        self.refuses = False
        self.errors: list[Any] = []
        self.requests: list[tuple[str, str | None]] = []
        self.sends: dict[str, str] = {}
        self.says: dict[str, Any] = {}
        self.bodies: dict[str, tuple[dict[str, str], bytes, int]] = {}
        self.sent = 0
        self.time = "2026-03-09T10:00:00+08:00"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    def app(self) -> FastAPI:
        app = FastAPI()
        app.middleware("http")(self.watch)

        @app.get("/fhir/{level:path}$export")
        async def export(level: str, request: Request) -> Response:
            authorized = not self.token or request.headers.get("authorization") == f"Bearer {self.token}"
            if not authorized or self.refuses:
                issue = [{"severity": "error", "code": "login", "diagnostics": "who are you?"}]
                return Response(orjson.dumps({"resourceType": "OperationOutcome", "issue": issue}), 401)
            assert request.headers["prefer"] == "respond-async"
            self.asked.append({**request.query_params, "level": level})
            self.polls = 0
            return Response(status_code=202, headers={"content-location": f"{self.url}/status/1"})

        app.post("/fhir/token")(self.sell)

        @app.get("/fhir/status/1")
        async def status() -> Response:
            self.polls += 1
            if self.polls < 2:
                return Response(status_code=202, headers={"retry-after": "0", "x-progress": "half"})
            output = [{"type": kind, "url": f"{self.url}/files/{kind}"} for kind in self.files]
            gone = [{"type": "Bundle", "url": f"{self.url}/files/deleted"}] if self.deleted else []
            manifest = {"transactionTime": self.time, "request": "x", "requiresAccessToken": True, "output": output}
            bad = [{"type": "OperationOutcome", "url": f"{self.url}/files/errors"}] if self.errors else []
            return Response(orjson.dumps({**manifest, "deleted": gone, "error": bad, **self.says}))

        @app.delete("/fhir/status/1")
        async def end() -> Response:
            self.ended += 1
            return Response(status_code=202)

        @app.get("/fhir/files/{kind}")
        async def file(kind: str, request: Request) -> Response:
            if kind in self.bodies:
                headers, piece, times = self.bodies[kind]
                return StreamingResponse(self.again(piece, times), headers=headers)
            rows = {"deleted": self.deleted, "errors": self.errors}.get(kind) or self.files[kind]
            lines = [row if isinstance(row, bytes) else orjson.dumps(row) for row in rows]
            whole = b"\n".join(lines) + b"\n"
            if self.breaks is None or kind == "Patient":
                return PlainTextResponse(whole)
            cut, self.breaks = b"".join(line + b"\n" for line in lines[: self.breaks]), None

            async def broken() -> Any:
                yield cut
                await asyncio.sleep(0.2)
                raise ConnectionResetError("the line is cut")

            return StreamingResponse(broken(), headers={"content-length": str(len(whole))})

        return app

    async def watch(self, request: Request, answer: Any) -> Response:
        self.requests.append((request.url.path, request.headers.get("authorization")))
        if there := self.sends.get(request.url.path):
            return Response(status_code=302, headers={"location": there})
        response: Response = await answer(request)
        return response

    async def again(self, piece: bytes, times: int) -> Any:
        self.sent = 0
        for _ in range(times):
            self.sent += len(piece)
            yield piece

    async def sell(self, request: Request) -> Response:
        """Issue a token for a signed assertion (SMART Backend Services)."""
        form = {name: words[0] for name, words in parse_qs((await request.body()).decode()).items()}
        try:
            assertion = form["client_assertion"]
            token_claims = jwt.decode(assertion, self.client, ["RS384", "ES384"], audience=f"{self.url}/token")
        except (jwt.InvalidTokenError, KeyError):
            return Response(orjson.dumps({"error": "invalid_client"}), 400)
        assert (form["grant_type"], token_claims["iss"], token_claims["sub"]) == (
            "client_credentials",
            "careloop",
            "careloop",
        )
        self.sold += 1
        grant = {"access_token": self.token, "token_type": "bearer", "expires_in": 300}
        return Response(orjson.dumps(grant))

    @contextmanager
    def running(self) -> Iterator["BulkServer"]:
        server = uvicorn.Server(uvicorn.Config(self.app(), log_level="critical"))
        with socket.create_server(("127.0.0.1", self.port)) as door:  # who comes early waits in its queue
            thread = threading.Thread(target=server.run, args=([door],), daemon=True)
            thread.start()
            try:
                yield self
            finally:
                server.should_exit = True
                thread.join(10)
