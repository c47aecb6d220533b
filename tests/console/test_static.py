"""What the browser gets comes from here alone: no foreign host, no script or style in a page, nothing unescaped."""

import hashlib
import json
import re
from pathlib import Path

import pytest

CONSOLE = Path(__file__).parents[2] / "console"
PAGES = sorted(CONSOLE.rglob("*.html"))
VENDOR = CONSOLE / "static" / "vendor"
FORBIDDEN = {
    "a foreign host": re.compile(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", re.IGNORECASE),
    "script in the page": re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+\s*=|javascript:|hx-on", re.IGNORECASE),
    "style in the page": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape\s+false", re.IGNORECASE),
}


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_no_page_has(rule: str) -> None:
    pages = {str(page.relative_to(CONSOLE)): FORBIDDEN[rule].search(page.read_text()) for page in PAGES}
    assert {name for name, match in pages.items() if match} == set()
    bad = ('<a href="//x">', '<b onclick="x">', '<i style="x">', "{{ x | safe }}")
    assert any(FORBIDDEN[rule].search(each) for each in bad)


def test_our_own_files_ask_no_foreign_host() -> None:
    for file in (CONSOLE / "static").glob("*"):
        if file.is_file():
            hosts = set(re.findall(r"https?://[a-z0-9.]+", file.read_text())) - {"http://www.w3.org"}
            assert hosts == set(), file.name


OUTSIDE = re.compile(
    r"(?:window|self)\.(?:addEventListener\(\s*[\"']message|onmessage)|\b(?:opener|parent)\.|localStorage|indexedDB|caches\."
)


def test_our_own_scripts_hear_no_other_window_and_keep_nothing_beyond_the_tab() -> None:
    scripts = {file.name: file.read_text() for file in (CONSOLE / "static").glob("*.js")}
    assert {name for name, text in scripts.items() if OUTSIDE.search(text)} == set()
    for bad in ("window.addEventListener('message', f)", "localStorage.draft = x", "opener.location"):
        assert OUTSIDE.search(bad)


def test_what_is_vendored_is_what_the_lock_says() -> None:
    lock = json.loads((VENDOR / "vendor.lock").read_text())
    files = {file.name for file in VENDOR.iterdir()} - {"vendor.lock"}
    assert files == {name for each in lock for name in (each["file"], each["licence_file"])}
    for each in lock:
        assert hashlib.sha512((VENDOR / each["file"]).read_bytes()).hexdigest() == each["sha512"], each["file"]


def test_the_style_sheet_is_small() -> None:
    assert len((CONSOLE / "static" / "console.css").read_bytes()) <= 12 * 1024
