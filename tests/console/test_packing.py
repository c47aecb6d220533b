"""A page is compressed for the console's own requests and for nobody who could learn from its size."""

import gzip
from pathlib import Path

import pytest

from console.packing import packed
from tests.console.desks import BROWSER, Seat


@pytest.mark.parametrize(
    ("site", "compressed"),
    [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False), ("", False)],
)
async def test_a_page_is_compressed_unless_another_site_may_have_caused_the_request(
    tmp_path: Path, site: str, compressed: bool
) -> None:
    http = Seat(tmp_path, []).http
    answer = await http.get("/sign-in", headers={**BROWSER, "sec-fetch-site": site})
    assert (answer.headers.get("content-encoding") == "gzip") is compressed
    assert "<form" in answer.text
    assert answer.headers["vary"] == "cookie, accept-encoding, sec-fetch-site"


def test_what_is_compressed_says_the_same() -> None:
    content = "王伟 ".encode() * 900
    body, headers = packed({"sec-fetch-site": "same-origin", "accept-encoding": "br, gzip"}, content)
    assert gzip.decompress(body) == content
    assert len(body) < len(content) / 50
    assert headers["content-encoding"] == "gzip"


def test_a_browser_that_cannot_unpack_gets_it_plain() -> None:
    assert packed({"sec-fetch-site": "same-origin", "accept-encoding": "identity"}, b"page")[0] == b"page"
