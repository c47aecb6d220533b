"""What `shared/` does once and for all services: each rule is also shown to catch a violation."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from deploy.catalogue import SERVICE_NAMES, load_all, unstarted
from shared.contracts import timers
from shared.contracts.base import known_types
from shared.projector.standard import Trace

ROOT = Path(__file__).parents[2]
SHARED = sorted((ROOT / "shared").rglob("*.py"))
DATA = sorted((ROOT / "shared").rglob("*.yaml"))
RULES = sorted((ROOT / "services").rglob("*.py"))
CODE = [*RULES, *SHARED, *sorted((ROOT / "deploy").rglob("*.py"))]
REFS_BY_HAND = re.compile(
    r"""split\(["']/["']\)|kind\}/\{\w+\.id|f["'](plan|survey|template|endpoint|calendar|staff)/\{"""
)
OTHER_PATHS = {
    "shared/contracts/contacts_access.py": "ids of relations",
    "shared/contracts/his_things.py": "names of what facts are about",
    "services/his_adapter/formats/fhir/context.py": "FHIR references",
    "deploy/gateway/app.py": "URLs",
}
"""Who takes apart, or makes, what has slashes and is no reference to a definition."""
BY_HAND = re.compile(r"(?<!class )\b(TimerSet|TimerCancelled)\((?!\))")


def kinds_of(base: type) -> set[type]:
    return {kind for kind in base.__subclasses__() if kind.__module__.startswith(("services.", "shared."))}


def test_every_decider_that_wants_to_be_woken_has_the_three_types_of_its_own() -> None:
    types = {name: kinds for service in load_all(unstarted()) for name, kinds in service.timers.items()}
    for decider, its in types.items():
        whats = ("timer_set", "timer_cancelled", "fire_timer") if its.cancelled else ("timer_set", "fire_timer")
        names = {f"careloop.{decider}.{what}.v1" for what in whats}
        assert {kind.wire for kind in (*its.events, its.fire)} == names
        assert len({kind.key_field for kind in (*its.events, its.fire)}) == 1, f"{decider} wakes another aggregate"
    for base, used in ((timers.TimerSet, "set"), (timers.TimerCancelled, "cancelled")):
        assert kinds_of(base) == {getattr(its, used) for its in types.values()} - {None}, "nobody keeps these timers"


def test_timers_are_set_and_cancelled_in_one_way() -> None:
    assert [str(file.relative_to(ROOT)) for file in RULES if BY_HAND.search(file.read_text())] == []
    assert BY_HAND.search("yield TimerSet(at=c.at)")
    assert not BY_HAND.search("case TimerCancelled() | RefusalsShared():\n    case TimerSet():")


def test_references_to_definitions_are_made_and_read_in_one_place() -> None:
    wrong = {str(file.relative_to(ROOT)) for file in CODE if REFS_BY_HAND.search(file.read_text())}
    assert wrong - {"shared/definition_ref.py"} == set(OTHER_PATHS)
    for seed in ('self.plan.split("/")[1]', 'f"{d.kind}/{d.id}/{d.version}"', 'Reference(f"template/{self.template}")'):
        assert REFS_BY_HAND.search(seed)


OF_A_SERVICE = re.compile(rf"\b({'|'.join(name.replace('_', '[_-]') for name in SERVICE_NAMES)})\b", re.IGNORECASE)


def names_a_service(source: str) -> list[str]:
    """Lines with the name of a service; what is imported from its contract apart."""
    lines = (line for line in source.splitlines() if not line.startswith(("from shared.contracts", "import shared")))
    return [line for line in lines if OF_A_SERVICE.search(line)]


def test_records_are_spread_over_partitions_in_one_place() -> None:
    spreads = re.compile(r"(?<!def )partition_of\(")
    spreading = {str(file.relative_to(ROOT)) for file in CODE if spreads.search(file.read_text())}
    assert spreading == {"shared/bus/writing.py"}


def test_every_route_of_pages_takes_the_same_parameters() -> None:
    cursors = {str(file.relative_to(ROOT)) for file in CODE if re.search(r"\bcursor: str", file.read_text())}
    assert cursors == {"shared/readmodel.py"}
    for service in load_all(unstarted()):
        for file in (ROOT / "services" / service.name).rglob("*.py"):
            assert ".page(" not in file.read_text() or "page: AskedPage" in file.read_text(), file


def test_no_mechanism_knows_a_service() -> None:
    mechanisms = [file for file in (*SHARED, *DATA) if ROOT / "shared/contracts" not in file.parents]
    named = {str(file.relative_to(ROOT)): names_a_service(file.read_text()) for file in mechanisms}
    assert {file: lines for file, lines in named.items() if lines} == {}
    assert names_a_service('from shared.contracts.contacts import Human\nsources=("contacts",)') == [
        'sources=("contacts",)'
    ]
    assert names_a_service('topic = "careloop.his-adapter.raw.v1"')


def test_no_data_of_shared_names_a_decider() -> None:
    deciders = {decider.name for service in load_all(unstarted()) for decider in service.deciders}
    named = {str(file.relative_to(ROOT)): re.findall(r"[a-z]+(?:-[a-z]+)+", file.read_text()) for file in DATA}
    assert {file: deciders & set(words) for file, words in named.items() if deciders & set(words)} == {}


def imports() -> dict[str, set[str]]:
    """Module of `shared` → those of `shared` that it imports, those for the type checker alone included."""
    modules = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in SHARED
    }
    return {name: {each for each in imported(file.read_text()) if each in modules} for name, file in modules.items()}


def imported(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


OF_ONE_USER = {
    "shared.bus.groups": "repairs the offsets on which the loop of `bus/group.py` stops",
    "shared.endpoints": "hospital systems and payment platforms, which are two services one day (ADR 14)",
    "shared.host": "the process of every service, which deploy starts",
    "shared.polling": "hospital sources and bills of payment platforms, which are two services one day (ADR 14)",
    "shared.progress": "as `shared.polling`",
    "shared.raw": "as `shared.polling`",
    "shared.testing": "the vocabulary of every service's tests",
}
"""Modules of `shared` that no two packages use, or packages of them, with why they stand there all the same."""


def users_of(graph: dict[str, set[str]], importing: dict[str, set[str]]) -> dict[str, set[str]]:
    """Module → the packages that use it, directly or by another module of `graph`.

    `importing`: package → what its modules import.
    """
    users = {module: {name for name, imports in importing.items() if module in imports} for module in graph}
    modules = list(graph)
    while modules:
        module = modules.pop()
        for needed in graph[module] - {module}:
            if users[module] - users[needed]:
                users[needed] |= users[module]
                modules.append(needed)
    return users


def packages() -> dict[str, set[str]]:
    """Each service and each other package that imports `shared` → what it imports."""
    names = [
        *(f"services/{name}" for name in SERVICE_NAMES),
        *(each for each in ("deploy", "console") if (ROOT / each).is_dir()),
    ]
    return {
        name: {each for file in (ROOT / name).rglob("*.py") for each in imported(file.read_text())} for name in names
    }


def test_each_module_of_shared_has_two_users_and_exceptions_have_a_reason() -> None:
    users = users_of(imports(), packages())
    single = {name for name, its in users.items() if len(its) < 2 and not name.startswith("shared.contracts.")}
    allowed = {name: next((each for each in OF_ONE_USER if f"{name}.".startswith(f"{each}.")), "") for name in single}
    assert {name for name, by in allowed.items() if not by} == set(), "move them to their only user"
    assert set(allowed.values()) == OF_ONE_USER.keys(), "these have two users, or are gone"


def test_a_module_of_shared_is_used_by_those_who_use_what_imports_it() -> None:
    graph = {"shared.a": {"shared.b"}, "shared.b": set(), "shared.c": {"shared.b"}}
    users = users_of(graph, {"services/x": {"shared.a"}, "deploy": {"shared.c"}})
    assert users == {"shared.a": {"services/x"}, "shared.b": {"services/x", "deploy"}, "shared.c": {"deploy"}}


def circle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter({name: needs - {name} for name, needs in graph.items()}).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_of_shared_import_each_other_in_a_circle() -> None:
    graph = imports()
    assert circle(graph) == []
    back = {"shared.settings": {*graph["shared.settings"], "shared.service"}}
    assert "shared.service" in circle({**graph, **back})
    assert "shared.host.deps" in imported("if TYPE_CHECKING:\n    from shared.host.deps import Deps")


def test_what_a_trace_is_to_show_is_in_the_records_of_its_service() -> None:
    for service in load_all(unstarted()):
        deciders = {decider.name for decider in service.deciders}
        models = [
            model for model in known_types().values() if {model.decided_in(), model.wire.split(".")[1]} & deciders
        ]
        fields = {name for model in models for name in model.model_fields}
        own = {*service.trace.ids, *service.trace.says} - {*Trace().says}
        assert own <= fields, service.name
