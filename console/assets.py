"""Scripts, styles and pictures of the pages: held in memory, compressed once, kept by the browser for ever.

The address of a file carries a digest of all of them, so that a browser never mixes the files of two versions and never
asks again for one that it has. Pages are compressed by `packing.py`, which asks who wants them.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

from console.packing import takes_gzip

STATIC = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
ONCE = "no-cache"
"""For a page of another version: it gets what there is now, and asks again."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file: its bytes, plain and compressed (the same where that saves nothing), and its media type."""

    plain: bytes
    packed: bytes
    media_type: str


def _asset(file: Path) -> Asset:
    content = file.read_bytes()
    packed = gzip.compress(content, mtime=0)
    media_type = mimetypes.guess_type(file.name)[0] or "text/plain"
    return Asset(content, min(packed, content, key=len), media_type)


ASSETS = {str(file.relative_to(STATIC)): _asset(file) for file in sorted(STATIC.rglob("*")) if file.is_file()}
VERSION = hashlib.blake2b(b"".join(each.plain for each in ASSETS.values()), digest_size=6).hexdigest()


def address(name: str) -> str:
    """The address of a file in `static`. Raises `KeyError` if there is none, so that no page names one in vain."""
    ASSETS[name]
    return f"/static/{VERSION}/{name}"


def routes() -> APIRouter:
    """The route of all files."""
    router = APIRouter()

    @router.get("/static/{version}/{name:path}", include_in_schema=False)
    async def asset(request: Request, version: str, name: str) -> Response:
        file = ASSETS.get(name)
        if file is None:
            return Response("there is no such file", 404)
        caching = FOR_EVER if version == VERSION else ONCE
        headers = {"cache-control": caching, "vary": "accept-encoding"}
        if len(file.packed) < len(file.plain) and takes_gzip(request.headers):
            return Response(file.packed, 200, {**headers, "content-encoding": "gzip"}, file.media_type)
        return Response(file.plain, 200, headers, file.media_type)

    return router
