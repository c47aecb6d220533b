"""The docs are a site: built strictly, searchable, and without anything that another host would have to give."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright._impl._driver import compute_driver_executable

ROOT = Path(__file__).parents[3]
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
"""What a browser fetches by itself, and by which attribute it is named."""


class Page(HTMLParser):
    """What a page loads, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag in LOADED and LOADED[tag] in attributes:
            self.loads.append(attributes[LOADED[tag]])
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [str(Path(sys.executable).with_name("mkdocs")), "build", "--site-dir", str(folder)]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    result = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return folder


def test_every_page_of_the_docs_is_in_the_site_and_is_found_by_searching(site: Path) -> None:
    pages = {file.relative_to(ROOT / "docs").with_suffix(".html") for file in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if not (site / page).exists()} == set()
    index = json.loads((site / "search/search_index.json").read_text())["docs"]
    assert {Path(each["location"].partition("#")[0] or "index.html") for each in index} == pages


def search(site: Path, words: list[str]) -> dict[str, list[str]]:
    """Word → the places that the page's own search finds, best first."""
    node, _ = compute_driver_executable()  # playwright brings one
    command = [str(node), str(Path(__file__).with_name("searching.js")), str(site)]
    result = subprocess.run(command, input=json.dumps(words), capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_every_word_of_the_glossary_is_found_in_chinese_and_in_english(site: Path) -> None:
    rows = [row.split("|")[1:3] for row in (ROOT / "docs/glossary.md").read_text().splitlines() if row.startswith("|")]
    words = [word.strip() for row in rows for cell in row for word in re.split("[,、]", cell)]
    words = [word for word in words if word not in ("word", "中文", "-", "The")]
    results = search(site, words)
    assert [word for word, places in results.items() if not any(place.startswith("glossary") for place in places)] == []
    assert len([word for word in words if re.search("[一-鿿]", word)]) > 80


def test_a_part_of_a_chinese_word_is_found_and_what_is_nowhere_is_not(site: Path) -> None:
    results = search(site, ["越权", "专家门诊", "饕餮"])
    assert results["越权"][0].startswith("glossary.html")
    assert results["专家门诊"][0].startswith("how-to/keep-the-directory.html")
    assert results["饕餮"] == []


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


def test_a_word_of_the_glossary_has_one_meaning() -> None:
    rows = re.findall(r"^\|([^|]+)\|[^|]+\|[^|]+\|[^|]*\|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    words = [word.strip() for row in rows for word in row.split(",") if row not in ("-", " word ")]
    assert {word for word in words if words.count(word) > 1} == set()


def test_a_row_of_the_glossary_says_the_word_in_both_languages_what_it_means_and_where_it_lives() -> None:
    lines = [line for line in (ROOT / "docs/glossary.md").read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if not line.startswith("|-")]
    assert [row for row in cells if len(row) != 4 or not all(row)] == []
    assert [row[0] for row in cells if row[0] != "word" and not re.search("[一-鿿]", row[1])] == []
    assert [row[0] for row in cells if row[0] != "word" and "`" not in row[3]] == []
