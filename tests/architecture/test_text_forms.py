"""A text that holds several things is taken apart by the type that writes it, not where one of them is wanted."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FORMATS = ROOT / "services/his_adapter/formats"
"""Reads the texts of others: messages, resources, documents."""
READING = sorted(
    file
    for folder in ("services", "shared/contracts")
    for file in (ROOT / folder).rglob("*.py")
    if FORMATS not in file.parents
)
TAKES_APART = {"split", "rsplit", "partition", "rpartition"}
"""Methods that take a text apart at a separator that is a literal."""
LOOKS_AT_A_PART = {"startswith"}
"""Methods that look at one part of a text, whatever they compare it with."""
TEXTS_OF_OTHERS = {
    "services/complaints/queue.py": "query parameters with several values",
    "services/followup/api.py": "query parameters with several values",
    "services/contacts/person_360/api.py": "the query parameter `identifier`, SYSTEM|VALUE",
    "services/contacts/registry/answering.py": "wire types, whose service is their second part",
    "services/contacts/registry/identifiers.py": "systems of identifiers as hospitals name them",
    "services/followup/pages/__init__.py": "language tags of patients",
    "services/his_adapter/facts/clocks.py": "packed version clocks, bytes of a fixed width",
    "services/his_adapter/payments/statement.py": "bills of a payment platform, CSV",
    "services/his_adapter/pulling/fhir/addresses.py": "IP addresses with a zone",
    "services/his_adapter/pulling/fhir/definitions.py": "URLs",
    "services/his_adapter/pulling/tables/connecting.py": "options in the URL of a database",
    "services/his_adapter/pulling/tables/database.py": "views of a database with their schema",
    "services/his_adapter/pulling/tables/tidying.py": "names of files in the drop folder, whose ending is dropped",
    "services/his_adapter/requests/replies.py": "HL7 message types",
    "services/his_adapter/requests/writing.py": "HL7 message types",
    "services/his_adapter/watches/definitions.py": "HL7 message types and FHIR deletions",
    "shared/contracts/base.py": "wire types, which a literal of the class gives",
    "shared/contracts/contacts_access.py": "ids of relations, whose only reader and writer is `RelationId`",
    "shared/contracts/facts.py": "systems of identifiers, whose kind only `has_kind` compares",
}
"""Modules that may take a text apart outside its type, with what the text is."""


def taken_apart(tree: ast.AST) -> Iterator[int]:
    """The lines on which a text is taken apart or looked at in part, outside a class that writes it too (`__str__`)."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef) and any(getattr(each, "name", "") == "__str__" for each in node.body):
            continue
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.args
            and (
                node.func.attr in LOOKS_AT_A_PART
                or (node.func.attr in TAKES_APART and isinstance(node.args[0], ast.Constant))
            )
        ):
            yield node.lineno
        yield from taken_apart(node)


def test_no_rule_or_read_model_takes_a_text_apart_that_a_type_of_ours_writes() -> None:
    taking = {str(file.relative_to(ROOT)) for file in READING if [*taken_apart(ast.parse(file.read_text()))]}
    assert taking == TEXTS_OF_OTHERS.keys()


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('def f(row):\n    return row["topic"].partition("/")[0]', [2]),
        ('kind = ref.split("/", 2)[0]', [1]),
        ('class Plain:\n    @classmethod\n    def of(cls, text): return cls(*text.split("."))', [3]),
        (
            'class Id:\n    def of(text): return Id(*text.split("."))\n    def __str__(self): return self.a + "." + b',
            [],
        ),
        ("words = text.split()", []),
        ("ids = [each for each in ids if each.system.startswith(SERVER_ID)]", [1]),
    ],
)
def test_what_takes_a_text_apart_is_seen(source: str, lines: list[int]) -> None:
    assert [*taken_apart(ast.parse(source))] == lines
