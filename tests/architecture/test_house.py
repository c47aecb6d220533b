"""Rules of the house that no linter knows, each shown to catch a violation."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from deploy.catalogue import SERVICE_NAMES, load_all, unstarted
from shared.contracts.base import Event, known_types
from shared.personal import field_tree
from shared.policy import Policy
from tests.architecture.test_pure import file_of, pure_modules

ROOT = Path(__file__).parents[2]
FOLDERS = ("shared", "services", "deploy", "console")
CODE = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
CLOCKS = {
    "shared/auth.py",  # tokens are of now as well
    "shared/clock.py",
    "shared/guard/rates.py",  # a client waits by its own watch
    "shared/tokens.py",
    "console/attempts.py",  # as are sessions
    "console/session.py",  # people sign in now, whatever the shared clock says
    "shared/webhooks.py",
    "services/his_adapter/payments/signing.py",  # signatures are of now, whatever the shared clock says
    "deploy/simulators/wechat/account.py",
}
REAL_TIME = re.compile(r"datetime\.now\(|datetime\.utcnow\(|(?<!\w)time\.time\(")


def long_functions(source: str, limit: int = 40) -> list[str]:
    """Functions over the limit, not counting routes nested in a router's function."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            nested = [
                n for n in ast.walk(node) if n is not node and isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)
            ]
            own = node.end_lineno - node.lineno + 1 - sum(n.end_lineno - n.lineno + 1 for n in nested)  # type: ignore[operator]
            if own > limit:
                found.append(f"{node.name}: {own} lines")
    return found


def test_no_file_is_over_300_lines_and_half_are_under_80() -> None:
    others = [file for folder in ("tests", "bench") for file in ROOT.glob(f"{folder}/**/*.py")]
    lengths = {file: len(file.read_text().splitlines()) for file in (*CODE, *others)}
    assert [str(file) for file, count in lengths.items() if count > 300] == []
    assert median(lengths[file] for file in CODE) < 80


def test_no_function_is_over_40_lines() -> None:
    assert [f"{file.relative_to(ROOT)} {name}" for file in CODE for name in long_functions(file.read_text())] == []
    assert long_functions("def f():\n" + "    x = 1\n" * 41) == ["f: 42 lines"]


def test_only_the_clock_knows_the_time() -> None:
    wrong = [str(file.relative_to(ROOT)) for file in CODE if REAL_TIME.search(file.read_text())]
    assert set(wrong) - CLOCKS == {"deploy/local/system.py"}, "the launcher starts the clock; nobody else reads it"
    assert REAL_TIME.search("now = datetime.now(UTC)")


CRYPTOGRAPHY = re.compile(r"^(from|import) (cryptography|hmac|jwt|authlib|joserfc)\b", re.MULTILINE)
PRESCRIBED = {
    "shared/auth.py": "bearer tokens",
    "deploy/key_pairs.py": "key pairs of bearer tokens",
    "shared/tokens.py": "bearer tokens",
    "shared/jwks.py": "key sets of bearer tokens",
    "shared/links.py": "JWT is the form, the algorithm comes from the port",
    "shared/webhooks.py": "compares signatures",
    "deploy/authority.py": "certificates (X.509)",
    "services/his_adapter/pulling/fhir/signing_in.py": "SMART Backend Services",
    "services/his_adapter/payments/signing.py": "WeChat Pay",
    "deploy/simulators/wechat/account.py": "WeChat Pay",
    "console/provider.py": "ID tokens of OpenID Connect",
}
"""Who speaks cryptography that others prescribe."""


def test_what_is_our_own_is_protected_by_one_module() -> None:
    """Another suite of algorithms takes its place there."""
    speaking = {str(file.relative_to(ROOT)) for file in CODE if CRYPTOGRAPHY.search(file.read_text())}
    assert speaking == {"shared/ciphers.py", *PRESCRIBED}
    assert CRYPTOGRAPHY.search("from cryptography.fernet import Fernet")


MAX_UNCUT = 18
"""Modules in the root of a service that is not cut into rooms."""
MAX_CUT = 9
"""Modules in the root of a service with two rooms or more; one package alone, as notify's channels, is no cut."""


def crowded(root: Path) -> bool:
    """Whether the root of a service has more modules than it may have."""
    rooms = [folder for folder in root.iterdir() if (folder / "__init__.py").exists()]
    return len([*root.glob("*.py")]) > (MAX_CUT if len(rooms) > 1 else MAX_UNCUT)


def test_the_root_of_a_service_with_rooms_has_under_ten_files() -> None:
    """What is more goes into a room that says what it holds."""
    assert [name for name in SERVICE_NAMES if crowded(ROOT / "services" / name)] == []


@pytest.mark.parametrize(
    ("modules", "rooms", "is_crowded"), [(9, 2, False), (10, 2, True), (18, 1, False), (19, 0, True)]
)
def test_a_root_with_too_many_files_is_noticed(modules: int, rooms: int, is_crowded: bool, tmp_path: Path) -> None:
    for number in range(modules):
        (tmp_path / f"module_{number}.py").touch()
    for number in range(rooms):
        (tmp_path / f"room_{number}").mkdir()
        (tmp_path / f"room_{number}" / "__init__.py").touch()
    assert crowded(tmp_path) is is_crowded


def matches(source: str, typed: bool = False) -> Iterator[tuple[int, bool]]:
    """Each `match` with whether it ends in assert_never; with `typed` only those that tell classes apart."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Match):
            continue
        if not typed or any(isinstance(part, ast.MatchClass) for case in node.cases for part in ast.walk(case)):
            yield node.lineno, "assert_never" in ast.unparse(node.cases[-1])


@pytest.mark.parametrize("file", [file for file in CODE if file.stem == "domain"], ids=lambda file: file.parent.name)
def test_every_match_in_a_domain_is_exhaustive(file: Path) -> None:
    source = file.read_text()
    assert [line for line, exhaustive in matches(source) if not exhaustive] == []
    assert list(matches("match x:\n    case 1: pass")) == [(1, False)]


def test_what_became_of_every_command_is_shown_by_its_service() -> None:
    """A decider that the standard collections leave out is one whose commands nobody can look up."""
    for service in load_all(unstarted()):
        deciders = {decider.name for decider in service.deciders}
        for name in ("causality", "command_outcomes", "dead_letters"):
            [shown] = [each for each in service.collections if each.collection == name]
            assert deciders <= set(shown.sources), f"{service.name}: {name}"


DEFAULTS = {
    "services/contacts/identifying/input_digests.py": "every event without its own id has the digest of its input",
    "services/his_adapter/facts/news.py": "most facts change a thing whenever they say something else of it",
}
"""Modules with a `match` over events whose last branch is right for any event, and why it is."""
ANY_EVENT = re.compile(r"\b(event|fact|message|heard\.data)\s*:\s*Any\b")


def rule_files() -> list[Path]:
    """The modules of all rules: deciders, policies, read models, and what they import of their own service."""
    pure = {file_of(module, ROOT) for service in SERVICE_NAMES for module in pure_modules(service)}
    return sorted(file for file in pure if file)


def test_every_match_over_events_names_them_all() -> None:
    """So that the type checker says what was forgotten when an event is added."""
    open_ends = {
        str(file.relative_to(ROOT))
        for file in rule_files()
        for _, exhaustive in matches(file.read_text(), typed=True)
        if not exhaustive
    }
    assert open_ends == DEFAULTS.keys()
    assert list(matches("match event:\n    case A(): pass\n    case _: pass", typed=True)) == [(1, False)]


def test_no_rule_takes_an_event_of_any_type() -> None:
    """`Any` defeats `assert_never` without a word."""
    assert [str(file.relative_to(ROOT)) for file in rule_files() if ANY_EVENT.search(file.read_text())] == []
    assert ANY_EVENT.search("def _news(event: Any) -> Document:")


def test_every_published_event_is_frozen_and_has_a_docstring() -> None:
    for wire, model in known_types().items():
        if issubclass(model, Event) and model.__module__.startswith("shared."):
            assert model.model_config.get("frozen"), wire
            assert model.__doc__, wire


def test_names_numbers_and_words_of_people_are_marked_personal() -> None:
    suspicious = re.compile(r"^(name|phones?|email|address|birth_date|comment|summary|description|resolution|text)$")
    open_ = [
        f"{wire}.{name}"
        for wire, model in known_types().items()
        for name in model.model_fields
        if issubclass(model, Event)  # commands to the registry carry HMACs under such names
        if suspicious.match(name) and name not in field_tree(model)
    ]
    assert open_ == []


def all_policies() -> list[Policy]:
    services = load_all(unstarted())
    return [policy for each in services for policy in (*each.policies, *([each.inbox] if each.inbox else []))]


def test_no_two_policies_of_one_target_share_a_name_on_a_topic() -> None:
    """A decider knows a redelivery by policy, topic and offset: under one name the second would never be heard."""
    named = Counter((each.target, each.name, topic) for each in all_policies() for topic in each.topics)
    assert [name for name, count in named.items() if count > 1] == []
