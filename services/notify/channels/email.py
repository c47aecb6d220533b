"""Email over SMTP (RFC 5321). SMTP has no idempotency key: a connection that breaks during DATA is `unknown`."""

import re
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from services.notify.channels import Outgoing, SendFailed
from services.notify.settings import Smtp
from shared.clock import Clock

_ONE_ADDRESS = re.compile(r"(?=.{3,320}$)[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\"]+")


class Email:
    """The email channel."""

    def __init__(self, settings: Smtp, clock: Clock) -> None:
        self._settings, self._clock = settings, clock

    async def send(self, message: Outgoing) -> str:
        """See `Channel`."""
        if not _ONE_ADDRESS.fullmatch(message.address):
            raise SendFailed("address-invalid", permanent=True)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self._settings.sender, message.address, message.subject
        mail["Date"] = format_datetime(self._clock())
        mail["Message-ID"] = f"<{message.provider_id}@careloop>"
        mail["Content-Language"] = message.language
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses vacation replies
        mail.set_content(message.body)
        client = await self._connect()
        try:
            await client.send_message(mail)
        except (
            aiosmtplib.SMTPRecipientsRefused,
            aiosmtplib.SMTPSenderRefused,
            aiosmtplib.SMTPResponseException,
        ) as reply:
            code = _code(reply)
            raise SendFailed(f"smtp-{code}", permanent=code >= 500) from reply
        except aiosmtplib.SMTPNotSupported as error:
            raise SendFailed("smtp-not-supported", permanent=True) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise SendFailed(f"smtp-{type(error).__name__}", unknown=True) from error
        finally:
            client.close()
        return message.provider_id

    async def _connect(self) -> aiosmtplib.SMTP:
        s = self._settings
        client = aiosmtplib.SMTP(
            hostname=s.host,
            port=s.port,
            timeout=s.timeout_seconds,
            use_tls=s.tls == "tls",
            start_tls=s.tls == "starttls",
        )
        try:
            await client.connect()
            if s.username and s.password:
                await client.login(s.username, s.password.get_secret_value())
        except (aiosmtplib.SMTPException, OSError) as error:
            raise SendFailed(f"smtp-{type(error).__name__}") from error
        return client


def _code(error: Exception) -> int:
    refused = getattr(error, "recipients", None)
    return int(refused[0].code if refused else getattr(error, "code", 550))
