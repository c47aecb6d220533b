"""Text that the console gives a browser to keep, and that nobody but the console can read or write."""

import base64

from console.settings import Console
from shared.ciphers import DataKey


class Seal:
    """Seals with the console's session key. What is sealed for one `purpose` does not open for another."""

    def __init__(self, settings: Console, purpose: str) -> None:
        self._key, self._context = DataKey(settings.key), f"careloop.console.{purpose}.v1".encode()

    def sealed(self, clear: bytes) -> str:
        """The cookie's value."""
        return base64.urlsafe_b64encode(self._key.seal(clear, self._context)).decode()

    def opened(self, cookie: str) -> bytes | None:
        """What was sealed; None if it was altered, or is of another key or purpose."""
        try:
            return self._key.open(base64.urlsafe_b64decode(cookie), self._context)
        except ValueError:
            return None
