"""The least a page can cost: FastAPI answers fifty rows that are a constant.

`python -m bench.bare_page PORT` serves it: a process of its own, as the console is.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from deploy.local.embedded import free_port, until_open

ROWS = "".join(f"<tr><td>{number}</td><td>complaint</td><td>open</td></tr>" for number in range(50))


@asynccontextmanager
async def bare_page() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the page, at `/`."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, str(port))
    try:
        await until_open(port, "the bare page")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            yield http
    finally:
        process.terminate()
        await process.wait()


def _serve(port: int) -> None:
    app = FastAPI()

    @app.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(f"<!doctype html><title>bare</title><table>{ROWS}</table>")

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
