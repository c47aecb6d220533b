"""A test waits for what it sees: one that waits for a time fails on a slow machine and shows nothing on a fast one.

`eventually` looks until something is there. That something did not happen is shown by a later thing that did.
"""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]
SLEEPS = {
    "chaos/test_stories.py outage": "a broker that is away for so long",
    "kafka/test_faust_commits.py slow": "a changelog whose broker is slow",
    "kafka/test_faust_workers.py test_workers_that_come_and_die_while_tables_recover_lose_and_double_no_timer": (
        "disruptions at times that follow from a seed"
    ),
    "kafka/test_group.py Slow.open": "a slow recovery",
    "kafka/test_group.py Slow.work": "a slow handler",
    "notify/test_restart.py SlowRelay.handle_DATA": "a slow relay",
    "support/bulk.py BulkServer.broken": "a line that is cut while a file is on its way",
    "support/eventually.py eventually": "looks again",
    "support/oidc.py Provider.moods": "an identity provider that is slow",
    "support/storm.py _wake": "a process that is asleep for so long",
    "support/storm.py PatientGroup.one": "patients who come and go, one after the other",
    "support/storm.py disrupt": "disruptions at times that follow from a seed",
}


def sleeps(source: str) -> list[str]:
    """The functions, each with its class, that wait for a time: `sleep` of more than 0, `Event().wait` of some."""
    names: list[str] = []

    def look(node: ast.AST, owner: str, name: str) -> None:
        if isinstance(node, ast.ClassDef):
            owner = f"{node.name}."
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = node.name
        elif isinstance(node, ast.Call) and _waits(node):
            names.append(f"{owner}{name}")
        for child in ast.iter_child_nodes(node):
            look(child, owner, name)

    look(ast.parse(source), "", "")
    return names


def _waits(call: ast.Call) -> bool:
    called = ast.unparse(call.func)
    name = called.rpartition(".")[2]
    return bool(call.args) and (
        (name == "sleep" and ast.unparse(call.args[0]) != "0") or (name == "wait" and called.endswith("Event().wait"))
    )


def test_no_test_waits_for_a_time() -> None:
    places = {
        f"{file.relative_to(TESTS)} {name}"
        for file in sorted(TESTS.rglob("*.py"))
        if file != Path(__file__)
        for name in sleeps(file.read_text())
    }
    assert places - SLEEPS.keys() == set(), "wait with tests/support/eventually.py, or say which fault it plays"
    assert SLEEPS.keys() - places == set(), "nobody sleeps there any more"


def test_a_wait_for_a_time_is_found_wherever_it_stands() -> None:
    seeded = """
class Relay:
    async def take(self):
        await asyncio.sleep(SLOW + 1)

def test_it():
    time.sleep(0.3)
    while not seen():
        sleep(0.1)
        threading.Event().wait(0.02)

async def test_yields():
    await asyncio.sleep(0)
    await asyncio.Event().wait()
    await sleeping.wait(5)
"""
    assert sleeps(seeded) == ["Relay.take", "test_it", "test_it", "test_it"]
