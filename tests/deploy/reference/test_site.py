"""The docs are a site: built strictly, searchable, and without anything that another host would have to give."""

import ast
import json
import os
import re
import subprocess
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.catalogue import load_all, unstarted
from shared.contracts.base import known_types
from shared.service import Service

ROOT = Path(__file__).parents[3]
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
"""What a browser fetches by itself, and by which attribute it is named."""
NAMED = re.compile(r"`((?:services|shared|deploy|tests)/[\w/.-]+?)(?:::(\w+))?`")
"""A file, perhaps with what is meant in it."""
WIRE = re.compile(r"`(careloop\.[a-z.-]+\.[a-z_]+\.v1)`")
TOLD_BY_NAME = ("walk-of-a-datum.md", "glossary.md")


class Page(HTMLParser):
    """What a page loads, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag in LOADED and LOADED[tag] in said:
            self.loads.append(said[LOADED[tag]])
        if tag == "a" and "href" in said:
            self.links.append(said["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [str(Path(sys.executable).with_name("mkdocs")), "build", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_of_the_docs_is_in_the_site_and_is_found_by_searching(site: Path) -> None:
    pages = {file.relative_to(ROOT / "docs").with_suffix(".html") for file in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not (site / page).exists()} == set()
    index = json.loads((site / "search/search_index.json").read_text())["docs"]
    assert {Path(each["location"].partition("#")[0] or "index.html") for each in index} == pages


def test_pages_load_nothing_from_another_host_and_browsers_are_told_so(site: Path) -> None:
    for file in site.rglob("*.html"):
        text = file.read_text()
        assert [each for each in Page(text).loads if urlsplit(each).netloc] == [], file
        assert "Content-Security-Policy" in text, file
        assert 'class="mermaid"' not in text, "its script would come from another host"
    for file in site.rglob("*.css"):
        assert re.findall(r"url\([\"']?(?:https?:)?//|@import", file.read_text()) == [], file


def test_links_between_pages_lead_somewhere(site: Path) -> None:
    broken = [
        f"{file.relative_to(site)} → {link}"
        for file in site.rglob("*.html")
        for link in Page(file.read_text()).links
        if not urlsplit(link).scheme and (path := urlsplit(link).path)
        if not (file.parent / path).exists() and file.name != "404.html"
    ]
    assert broken == []


def test_lists_and_tables_stand_apart_from_the_text_before_them(site: Path) -> None:
    """Else they are shown as text: GitHub is kinder than the site."""
    run_together = re.compile(r"<p>[^<]*(?:<(?!/p>)[^<]*)*\n(?:- |\d+\. |\|)")
    assert [str(file.relative_to(site)) for file in site.rglob("*.html") if run_together.search(file.read_text())] == []


def defined(path: Path) -> set[str]:
    """What a module defines or imports at its top."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign():
                names |= {
                    inner.id for target in node.targets for inner in ast.walk(target) if isinstance(inner, ast.Name)
                }
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.ImportFrom():
                names |= {each.asname or each.name for each in node.names}
    return names


def missing(text: str) -> list[str]:
    """The files that are not there, and what is named in one and not."""
    return [
        f"{path}::{name}"
        for path, name in NAMED.findall(text)
        if not (ROOT / path).exists() or (name and name not in defined(ROOT / path))
    ]


@cache
def services() -> list[Service]:
    return load_all(unstarted())


@pytest.mark.parametrize("page", TOLD_BY_NAME)
def test_what_a_page_names_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text()
    assert missing(text) == []
    topics = {topic.name for service in services() for topic in service.topics(transactions=True)}
    assert set(WIRE.findall(text)) - known_types().keys() - topics == set()
    assert len(NAMED.findall(text)) > 30


def test_what_is_not_there_is_noticed() -> None:
    assert missing("`shared/ids.py::derive` `shared/ids.py::derived` `shared/idz.py`") == [
        "shared/ids.py::derived",
        "shared/idz.py::",
    ]


def test_a_word_of_the_glossary_has_one_meaning() -> None:
    rows = re.findall(r"^\|([^|]+)\|[^|]+\|[^|]+\|[^|]*\|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    words = [word.strip() for row in rows for word in row.split(",") if row not in ("-", " word ")]
    assert {word for word in words if words.count(word) > 1} == {"message"}, "HL7's and notify's, as the page says"
