"""Scripts and styles: kept by the browser, compressed, never mixed between versions."""

import gzip
import re
from pathlib import Path

import pytest

from console.assets import ASSETS, FOR_EVER, ONCE, STATIC, address
from tests.console.desks import BROWSER, Seat

WHOLE_PAGE = 60 * 1024
"""What a browser may have to fetch for its first page, compressed; the budget of the console."""


@pytest.mark.parametrize("name", ASSETS)
async def test_a_file_comes_compressed_and_stays_for_ever(tmp_path: Path, name: str) -> None:
    http = Seat(tmp_path, []).http
    answer = await http.get(address(name), headers={"accept-encoding": "gzip"})
    plain = await http.get(address(name), headers={"accept-encoding": "identity"})
    assert answer.content == plain.content == (STATIC / name).read_bytes()
    assert answer.headers["cache-control"] == plain.headers["cache-control"] == FOR_EVER
    assert "content-encoding" not in plain.headers
    assert answer.headers["vary"] == "accept-encoding"


async def test_a_page_of_another_version_gets_what_there_is_and_does_not_keep_it(tmp_path: Path) -> None:
    http = Seat(tmp_path, []).http
    answer = await http.get("/static/of-another-version/console.css")
    assert answer.headers["cache-control"] == ONCE
    assert answer.content == (STATIC / "console.css").read_bytes()


async def test_there_is_nothing_beside_these_files(tmp_path: Path) -> None:
    http = Seat(tmp_path, []).http
    for path in ("/static/x/..%2Fapp.py", "/static/x/none.js", "/static/console.css"):
        assert (await http.get(path)).status_code == 404, path
    with pytest.raises(KeyError):
        address("none.js")


async def test_the_first_page_is_small(tmp_path: Path) -> None:
    page = await Seat(tmp_path, []).http.get("/sign-in", headers=BROWSER)
    files = re.findall(r'"/static/[0-9a-f]+/([^"]+)"', page.text)
    assert len(files) >= 5
    assert len(page.content) + sum(len(ASSETS[name].packed) for name in files) <= WHOLE_PAGE


def test_compressed_files_say_what_the_plain_ones_say() -> None:
    for asset in ASSETS.values():
        assert asset.packed == asset.plain or gzip.decompress(asset.packed) == asset.plain
