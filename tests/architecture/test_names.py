"""A public class name means one thing: the same name twice is the same job, or there is a reason for it."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = [file for folder in ("services", "shared", "deploy") for file in sorted((ROOT / folder).rglob("*.py"))]
FACTS = {"shared/contracts/his_adapter.py", "shared/contracts/person_facts.py"}
"""contacts publishes each fact about a patient again, about the person: both have the name of what happened."""
SHOWN = {"api.py", "access_api.py", "answers.py", "approvals.py"}
"""Bodies and answers of routes: clients know them by these names, which are those of what they show or ask for."""
SAME_JOB = {
    "AttemptAssigned": "an order to the sender; one in each decider that has one",
    "AttemptDeferred": "an attempt is made again later; one in each decider that has a sender",
    "AttemptStarted": "a sender began; one in each decider that has one",
    "FireTimer": "a timer is due; the base class, and one in each decider that has timers",
    "ForgetPerson": "somebody was erased: forget them; one in each decider with state about persons",
    "PersonForgotten": "somebody was erased; one in each decider with state about persons",
    "Position": "how far a source was read; one for each kind of source",
    "Progress": "keeps how far a source was read; the base class, and one for each kind of source",
    "StartAttempt": "a sender is about to begin; one in each decider that has one",
    "Ticket": "a ticket of a queue system: as it is sent, and as it is stored",
    "TimerCancelled": "a timer is void; the base class, and one in each decider that has timers",
    "TimerSet": "a timer is set; the base class, and one in each decider that has timers",
}
"""Names that several modules may have, with the job that the classes do in each."""


def public_classes(files: Iterable[Path]) -> dict[str, set[str]]:
    """Name → the modules that define a class of that name."""
    places = defaultdict[str, set[str]](set)
    for file in files:
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].add(str(file.relative_to(ROOT)))
    return places


def ambiguous(places: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The names of several classes without a reason, with their modules."""
    return {
        name: modules
        for name, modules in places.items()
        if name not in SAME_JOB
        and modules != FACTS
        and len([module for module in modules if Path(module).name not in SHOWN]) > 1
    }


def test_a_class_name_means_one_thing() -> None:
    assert ambiguous(public_classes(CODE)) == {}
    assert ambiguous({"Context": {"services/a/x.py", "services/b/y.py"}, "Case": {"services/a/domain.py"}}) == {
        "Context": {"services/a/x.py", "services/b/y.py"}
    }
    assert ambiguous({"Case": {"services/a/domain.py", "services/a/answers.py"}, "PatientDied": FACTS}) == {}


def test_every_name_that_may_stand_several_times_does() -> None:
    places = public_classes(CODE)
    assert [name for name in SAME_JOB if len(places[name]) < 2] == []
