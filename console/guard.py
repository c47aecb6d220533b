"""Who may send what: requests from other sites change nothing (CSRF), and nobody is led to another site."""

from fastapi import Request

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_IN = "/sign-in"
"""Where people sign in; `to`: the page that they go on with."""


def foreign(request: Request) -> bool:
    """Whether a request that changes something comes from a page of another site.

    `Sec-Fetch-Site` (W3C Fetch Metadata) is sent by every browser of today and cannot be set by a page; a client that
    does not send it is none, and has no cookie that it did not put there itself.
    """
    site = request.headers.get("sec-fetch-site", "none")
    return request.method not in SAFE and site not in ("same-origin", "none")


def own_path(path: str) -> str:
    """A path of the console to go on with; its first page for what would lead elsewhere."""
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else "/"
