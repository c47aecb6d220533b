"""A simulated mail relay: accepts SMTP, shows the mails at `/dev/mailbox`, reports delivery by a signed webhook."""

import asyncio
import email
import email.policy
import html
import logging
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import httpx
import orjson
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from shared.host.headers import PAGE
from shared.ids import derive
from shared.webhooks import sign

log = logging.getLogger(__name__)
MAX_MAILS = 1000
"""Maximum number of mails kept; the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One received mail; `body` is "" unless it is plain text."""

    to: str
    subject: str
    date: str
    message_id: str
    language: str
    body: str


class Mailbox:
    """The mail relay. `callback` is the URL of the webhook; `pending` counts mails not reported as delivered yet."""

    def __init__(self, port: int, callback: str, secret: str, host: str = "127.0.0.1") -> None:
        self._port, self._callback, self._secret, self._host = port, callback, secret, host
        self.mails: list[Mail] = []
        self.pending = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen for mail."""
        from aiosmtpd.smtp import SMTP  # of the extra `local`, which is optional

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(self, loop=loop), self._host, self._port)

    async def stop(self) -> None:
        """Stop listening and reporting."""
        for task in self._tasks:
            task.cancel()
        if self._server is not None:
            self._server.close()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        """Accept a mail, and report its delivery in the background, with retries for five minutes."""
        parsed = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        mail = Mail(
            to=", ".join(envelope.rcpt_tos),
            subject=str(parsed["Subject"]),
            date=str(parsed["Date"]),
            message_id=str(parsed["Message-ID"]),
            language=str(parsed["Content-Language"] or ""),
            body=parsed.get_content() if parsed.get_content_type() == "text/plain" else "",
        )
        self.mails = [*self.mails[1 - MAX_MAILS :], mail]
        self.pending += 1
        task = asyncio.create_task(self._report(mail))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return "250 taken"

    async def _report(self, mail: Mail) -> None:
        provider_id = mail.message_id.strip("<>").removesuffix("@careloop")
        body = orjson.dumps({"provider_id": provider_id, "status": "delivered"})
        id = derive("delivery", mail.message_id)
        try:
            async with httpx.AsyncClient(timeout=15) as client:
                for pause in (0.2, 1, 2, *(5 for _ in range(60))):
                    await asyncio.sleep(pause)
                    headers = {**sign(self._secret, id, body), "content-type": "application/json"}
                    try:
                        answer = await client.post(self._callback, content=body, headers=headers)
                    except httpx.HTTPError:
                        continue
                    if answer.status_code < 500:
                        return
            log.warning("delivery of %s could not be reported", provider_id)
        finally:
            self.pending -= 1

    def routes(self) -> APIRouter:
        """Return the routes `/dev/mailbox` (HTML) and `/dev/mailbox.json`."""
        router = APIRouter()

        @router.get("/dev/mailbox.json")
        async def listing() -> dict[str, Any]:
            mails = [{name: getattr(mail, name) for name in Mail.__slots__} for mail in self.mails]
            return {"mails": mails, "pending": self.pending}

        @router.get("/dev/mailbox", response_class=HTMLResponse)
        async def page() -> HTMLResponse:
            mails = "".join(_row(mail) for mail in reversed(self.mails)) or "<p>No mail yet.</p>"
            return HTMLResponse(_PAGE.format(mails=mails), headers={"content-security-policy": PAGE})

        return router


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">
<title>Mailbox</title><style>
body{{font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;max-width:46rem;margin:2rem auto}}
body{{padding:0 1rem;background:#f4f7f6}}
article{{background:#fff;border-radius:10px;padding:1rem 1.5rem;margin:1rem 0}}h2{{margin:0;font-size:1.1rem}}
small{{color:#54645f}}pre{{white-space:pre-wrap;font:inherit}}</style><h1>Mailbox</h1>{mails}</html>"""


def _row(mail: Mail) -> str:
    body = html.escape(mail.body)
    for word in mail.body.split():
        if word.startswith(("http://", "https://")):
            body = body.replace(html.escape(word), f'<a href="{html.escape(word)}">{html.escape(word)}</a>')
    head = f"<h2>{html.escape(mail.subject)}</h2><small>to {html.escape(mail.to)} · {html.escape(mail.date)}</small>"
    return f"<article>{head}<pre>{body}</pre></article>"
