"""An OpenID provider on loopback: it signs people in as the protocol says, or misbehaves as it is told."""

import asyncio
import base64
import hashlib
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from jwt.algorithms import RSAAlgorithm

from tests.support.eventually import eventually

CLIENT, SECRET = "careloop-console", "s%cret & long"


def new_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


KEY = new_key()


@dataclass
class Provider:
    """`login`: who sits at its form. What it does wrong: `claims` replaces claims of the ID token (None: leaves out),
    `metadata` those of its description, `error` is its answer to the browser, `status` that of its token endpoint,
    `away` answers 503 everywhere, `slow`: seconds that it thinks, `signs_with` another key than it shows.
    """

    login: str = "liu.na"
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    status: int = 200
    away: bool = False
    slow: float = 0.0
    iss: str | None = None
    public: bool = False
    signs_with: RSAPrivateKey | None = None
    issuer: str = ""
    key: RSAPrivateKey = KEY
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    signed_out: list[dict[str, str]] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            **self.metadata,
        }

    def authorize(self, asked: dict[str, str]) -> Response:
        """The browser comes, and is sent back with a code at once."""
        if (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) != (CLIENT, "code", "S256"):
            return Response("the request is not one of code flow with PKCE", 400)
        self.languages.append(asked["ui_locales"])
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        answer = {"error": self.error, "error_description": "<b>no</b>"} if self.error else {"code": code}
        answer |= {"state": asked["state"], "iss": self.issuer if self.iss is None else self.iss}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", 303)

    def token(self, form: dict[str, str], authorization: str) -> Response:
        """The console comes with a code, which counts once."""
        basic = base64.b64encode(b"careloop-console:s%25cret%20%26%20long").decode()
        known = form.get("client_id") == CLIENT if self.public else authorization == f"Basic {basic}"
        asked = self.codes.pop(form.get("code", ""), None)
        if self.status != 200:
            return Response("<html>gateway</html>", self.status)
        if not known:
            return JSONResponse({"error": "invalid_client"}, 401)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        if (
            not asked
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked["code_challenge"] != challenge.strip("=")
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])})

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        half = base64.urlsafe_b64encode(hashlib.sha256(b"at").digest()[:16]).decode().strip("=")
        claims = {
            "iss": self.issuer,
            "sub": self.login,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "at_hash": half,
            "roles": ["administrator"],
            **self.claims,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(said, self.signs_with or self.key, "RS256", {"kid": "k1"})

    def keys(self) -> dict[str, Any]:
        own = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**own, "kid": "k1", "use": "sig", "alg": "RS256"}]}

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def moods(request: Request, call_next: Any) -> Response:
            await asyncio.sleep(self.slow)
            return Response(status_code=503) if self.away else await call_next(request)

        app.get("/.well-known/openid-configuration")(lambda: JSONResponse(self.described()))
        app.get("/keys")(lambda: JSONResponse(self.keys()))

        @app.get("/authorize")
        async def authorize(request: Request) -> Response:
            return self.authorize(dict(request.query_params))

        @app.post("/token")
        async def token(request: Request) -> Response:
            form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            return self.token(form, request.headers.get("authorization", ""))

        @app.get("/end")
        async def end(request: Request) -> Response:
            self.signed_out.append(dict(request.query_params))
            return RedirectResponse(request.query_params["post_logout_redirect_uri"], 303)

        return app


@asynccontextmanager
async def serving(app: Any, port: int = 0) -> AsyncIterator[str]:
    """The app behind a real server on loopback."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    with socket.socket() as at:
        at.bind(("127.0.0.1", port))
        task = asyncio.create_task(server.serve([at]))
        await eventually(lambda: server.started)
        try:
            yield f"http://127.0.0.1:{at.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@asynccontextmanager
async def a_provider() -> AsyncIterator[Provider]:
    provider = Provider()
    async with serving(provider.app()) as url:
        provider.issuer = url
        yield provider


def free_port() -> int:
    with socket.socket() as at:
        at.bind(("127.0.0.1", 0))
        return int(at.getsockname()[1])


def path_of(url: str) -> str:
    """Path and query of a URL."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"
