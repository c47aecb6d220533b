"""The definitions that pages show are definitions: no field of theirs is misspelt, and of some none is left out."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.catalogue import load_all, unstarted
from shared.definitions import Definition, kinds

ROOT = Path(__file__).parents[3]
load_all(unstarted())  # so that all kinds are known
YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
WHOLE = {"payment-provider": "take-payments.md", "endpoint": "ask-the-hospital.md"}
"""Kinds of which a page shows every field."""


def shown() -> Iterator[tuple[str, dict[str, Any]]]:
    """(page, definition)."""
    for page in sorted((ROOT / "docs/how-to").glob("*.md")):
        for block in YAML.findall(page.read_text()):
            for document in yaml.safe_load_all(block):
                if isinstance(document, dict) and "kind" in document:
                    yield page.name, document


@pytest.mark.parametrize(("page", "definition"), list(shown()))
def test_a_definition_that_a_page_shows_has_only_fields_of_its_kind(page: str, definition: dict[str, Any]) -> None:
    fields = kinds()[definition["kind"]].model_fields.keys()
    assert {*definition} - {"kind"} - fields == set()


@pytest.mark.parametrize("kind", WHOLE)
def test_every_field_of_what_a_hospital_must_write_itself_is_shown(kind: str) -> None:
    [definition] = [each for page, each in shown() if (each["kind"], page) == (kind, WHOLE[kind])]
    assert kinds()[kind].model_fields.keys() - Definition.model_fields.keys() - definition.keys() == set()
