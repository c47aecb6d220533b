"""Whoever opens a connection to Kafka opens it as `shared/bus/clients.py` does: with TLS and the password."""

import ast
from collections.abc import Iterator

from tests.architecture.test_repository import ROOT, tracked

MAKERS = {"AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "AIOKafkaClient", "App", "create_conn"}
ALLOWED = {
    "shared/bus/clients.py": "the one place",
    "shared/processor/app.py": "Faust's, with the credentials of the same settings",
    "tests/shared/test_assigning.py": "never connects",
    "tests/shared/test_reconnect.py": "never connects",
    "tests/shared/test_writing.py": "never connects",
}


def made(source: str) -> Iterator[str]:
    """The clients of Kafka that a module makes."""
    tree = ast.parse(source)
    from_elsewhere = {name.asname or name.name for name in _imported(tree)}
    for call in (node.func for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(call)
        module, _, last = name.rpartition(".")
        if last in MAKERS and (module or name in from_elsewhere):
            yield name


def _imported(tree: ast.Module) -> Iterator[ast.alias]:
    froms = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    yield from (
        name for node in froms if (node.module or "").split(".")[0] in ("aiokafka", "faust") for name in node.names
    )


def test_kafkas_clients_are_made_in_one_place() -> None:
    makers = {str(file.relative_to(ROOT)): list(made(file.read_text())) for file in tracked("*.py")}
    assert {file: names for file, names in makers.items() if names and file not in ALLOWED} == {}
    assert [file for file in ALLOWED if not makers.get(file)] == []


def test_a_client_made_elsewhere_is_noticed() -> None:
    assert list(made("from aiokafka import AIOKafkaConsumer\nAIOKafkaConsumer(bootstrap_servers=1)")) == [
        "AIOKafkaConsumer"
    ]
    assert list(made("import faust\nfaust.App('x')")) == ["faust.App"]
    assert list(made("import aiokafka.client\nAIOKafkaClient = aiokafka.client.AIOKafkaClient('x')")) == [
        "aiokafka.client.AIOKafkaClient"
    ]
