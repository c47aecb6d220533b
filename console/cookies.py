"""Cookies of the console: how each of them is set, read and dropped."""

from fastapi import Request, Response

PREFIX = "__Host-"
"""A browser takes a cookie of this prefix only from this host, over https, for all of its paths (RFC 6265bis)."""


class Cookies:
    """Every cookie is HttpOnly and SameSite=Lax; Secure and named `__Host-…` if the public URL is https."""

    def __init__(self, public_url: str) -> None:
        self._secure = public_url.startswith("https:")
        self.prefix = PREFIX if self._secure else ""

    def value(self, request: Request, name: str) -> str:
        """The value that the browser sent; "" if it has none."""
        return request.cookies.get(f"{self.prefix}{name}", "")

    def beginning(self, request: Request, start: str) -> dict[str, str]:
        """All cookies whose name begins so, by that name."""
        whole = f"{self.prefix}{start}"
        return {
            name.removeprefix(self.prefix): value for name, value in request.cookies.items() if name.startswith(whole)
        }

    def put(self, answer: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Set a cookie for this long; None: until the browser is closed."""
        answer.set_cookie(
            f"{self.prefix}{name}", value, seconds, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def drop(self, answer: Response, name: str) -> None:
        """Remove a cookie."""
        answer.delete_cookie(f"{self.prefix}{name}", path="/", secure=self._secure, httponly=True, samesite="lax")
