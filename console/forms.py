"""What becomes of a form that was sent: it was accepted, or it waits until its writer has signed in again."""

from urllib.parse import quote, unquote, urlencode, urlsplit

from fastapi import Request, Response

from console.cookies import Cookies
from console.guard import SIGN_IN

ACCEPTED = "careloop_accepted"
"""The cookie that says to the next page which form was accepted: the browser forgets the draft of that one alone."""
SECONDS = 60
LONGEST = 1500
"""Characters of an address that somebody is led back to; of a longer one only the path."""


def accepted(cookies: Cookies, request: Request, status: int) -> str:
    """The path of the form that was accepted before this page, or that it answers; "" if none was."""
    if request.method == "POST":
        return request.url.path if status == 200 else ""
    return unquote(cookies.value(request, ACCEPTED))


def note(cookies: Cookies, request: Request, answer: Response) -> None:
    """Tell the next page that this form was accepted; what one page was told, the one after is not."""
    if request.method == "POST" and answer.status_code == 303:
        cookies.put(answer, ACCEPTED, quote(request.url.path, safe=""), SECONDS)
    elif cookies.value(request, ACCEPTED) and "hx-request" not in request.headers and answer.status_code == 200:
        cookies.drop(answer, ACCEPTED)


def sign_in_path(request: Request) -> str:
    """Where somebody signs in, to go on with the page that they were at."""
    at = urlsplit(request.headers.get("hx-current-url", "") or str(request.url))
    whole = f"{at.path}?{at.query}" if at.query else at.path
    return f"{SIGN_IN}?{urlencode({'to': whole if len(whole) <= LONGEST else at.path})}"


def page_above(path: str) -> str:
    """The page that a form stands on, whose address is one above that of the form: of a case, of a person."""
    return path.rpartition("/")[0] or "/"
