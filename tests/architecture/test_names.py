"""A public class or type alias means one thing: the same name twice is the same job, or there is a reason for it."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = [file for folder in ("services", "shared", "deploy") for file in sorted((ROOT / folder).rglob("*.py"))]
FACTS = {"shared/contracts/his_adapter.py", "shared/contracts/person_facts.py"}
"""contacts publishes each fact about a patient again, about the person: both have the name of what happened."""
SHOWN = {"api.py", "answers.py", "approvals.py"}
"""Bodies and answers of routes: clients know them by these names, which are those of what they show or ask for."""
SAME_JOB = {
    "AttemptAssigned": "an order to the sender; one in each decider that has one",
    "AttemptDeferred": "an attempt is made again later; one in each decider that has a sender",
    "AttemptStarted": "a sender began; one in each decider that has one",
    "Events": "what one decider publishes; one in each room that has a decider and no other name for it",
    "FireTimer": "a timer is due; the base class, and one in each decider that has timers",
    "ForgetPerson": "somebody was erased: forget them; one in each decider with state about persons",
    "PersonForgotten": "somebody was erased; one in each decider with state about persons",
    "Position": "how far a source was read; one for each kind of source",
    "Progress": "keeps how far a source was read; the base class, and one for each kind of source",
    "StartAttempt": "a sender is about to begin; one in each decider that has one",
    "Status": "how far the thing of that module is; one for each kind of thing",
    "Ticket": "a ticket of a queue system: as it is sent, and as it is stored",
    "TimerCancelled": "a timer is void; the base class, and one in each decider that has timers",
    "TimerSet": "a timer is set; the base class, and one in each decider that has timers",
}
"""Names that several modules may have, with the job that the classes or types do in each."""


def type_name(node: ast.stmt) -> str:
    """The public name of the class or type alias (`A | B`, `Literal[…]`, `Annotated[…]`) that this defines; else ""."""
    match node:
        case ast.ClassDef(name=name):
            pass
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(op=ast.BitOr())):
            pass
        case ast.Assign(
            targets=[ast.Name(id=name)], value=ast.Subscript(value=ast.Name(id="Literal" | "Annotated" | "Union"))
        ):
            pass
        case _:
            return ""
    return "" if name.startswith("_") or name.isupper() else name


def public_types(files: Iterable[Path]) -> dict[str, set[str]]:
    """Name → the modules that define a class or type alias of that name."""
    places = defaultdict[str, set[str]](set)
    for file in files:
        for node in ast.parse(file.read_text()).body:
            if name := type_name(node):
                places[name].add(str(file.relative_to(ROOT)))
    return places


def ambiguous(places: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The names of several classes or types without a reason, with their modules."""
    return {
        name: modules
        for name, modules in places.items()
        if name not in SAME_JOB
        and modules != FACTS
        and len([module for module in modules if Path(module).name not in SHOWN]) > 1
    }


def test_the_name_of_a_class_or_type_means_one_thing() -> None:
    assert ambiguous(public_types(CODE)) == {}
    assert ambiguous({"Context": {"services/a/x.py", "services/b/y.py"}, "Case": {"services/a/domain.py"}}) == {
        "Context": {"services/a/x.py", "services/b/y.py"}
    }
    assert ambiguous({"Case": {"services/a/domain.py", "services/a/answers.py"}, "PatientDied": FACTS}) == {}


def test_unions_literals_and_annotations_are_types() -> None:
    names = {
        "class Case: pass": "Case",
        "Fact = Admitted | Discharged": "Fact",
        'Stage = Literal["one"]': "Stage",
        "Code = Annotated[str, 9]": "Code",
        "_Own = int | str": "",
        "READ = 4 | 2": "",
        "Rows = list[int]": "",
    }
    assert {text: type_name(ast.parse(text).body[0]) for text in names} == names


def test_every_name_that_may_stand_several_times_does() -> None:
    places = public_types(CODE)
    assert [name for name in SAME_JOB if len(places[name]) < 2] == []
