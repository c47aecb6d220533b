"""What pages name in backticks and in examples, and whether it is there: files, commands, settings, routes, types."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from subprocess import check_output
from typing import Any, get_args

import typer.main
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel

from console.live import presence
from console.screens import SCREENS
from console.settings import ConsoleSettings
from deploy.catalogue import answering, load_all, mounts, unstarted
from deploy.cli import FAMILIES, app
from deploy.gateway.settings import GatewaySettings
from deploy.routes import app_of
from deploy.settings import AllSettings
from shared import canary, identity
from shared.bus import groups
from shared.contracts.base import known_types
from shared.definitions import kinds

ROOT = Path(__file__).parents[2]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"((?:[\w.-]+/)*[\w.-]+\.(?:py|ya?ml|toml|jinja|md|jsonl)|[a-z_]+/(?:[\w.-]+/?)*)(?:::(\w+))?")
FOLDERS = ("services/", "shared/", "deploy/", "tests/", "bench/", "docs/", "careloop_client/")
MODULE = re.compile(r"(?:python -m )?((?:services|shared|deploy|tests|bench|careloop_client)(?:\.\w+)+)\b")
SETTING = re.compile(r"(?:CARELOOP_|…__)([A-Z][A-Z_]*[A-Z])(?![\w<…])")
COMMAND = re.compile(r"(?:^|[`$(;] ?)careloop ([a-z][^`\n#;)|]*)", re.MULTILINE)
ROUTE = re.compile(r"(?:(GET|POST|PUT|DELETE) )?(…?/[\w/{}<>.-]*[\w}>])(?:\?([\w=&:./-]*))?")
BESIDE_SETTINGS = {"SECRETS_DIR", "BASE"}
"""Read before all settings, since it says where some are; and a variable of the tests."""
FIELD = re.compile(r"([a-z]+(?:-[a-z]+)*)\.([a-z_]+)")
WIRE = re.compile(r"`(careloop\.[a-z-]+\.[a-z_]+\.v1)`")
THEIRS = (
    "/health/live",
    "/health/ready",
    "/internal/status",
    "/openapi.json",
    "/dev",
    "/high",
    "/problems/",
    "secrets.json",
    "compose.override.yaml",
    "city.yaml",
    "/run/authority/",
    "var/",
    "/var/",
    "/tmp",
    "/run/secrets",
    "/opt/careloop/",
)
"""Routes of the host, of the simulators and of other systems; files that are made, or are in a container."""


def missing(text: str) -> list[str]:
    """The names in a page that do not exist."""
    quoted = QUOTED.findall(FENCED.sub("", text))
    return [
        *(name for name in quoted if not _is_file(name)),
        *(name for name in quoted for module in MODULE.findall(name) if not _is_module(module)),
        *(f"CARELOOP_{name}" for name in SETTING.findall(text) if not _is_setting(name)),
        *(f"careloop {words}".strip() for words in COMMAND.findall(text) if not _is_command(words)),
        *(name for name in quoted if (route := ROUTE.fullmatch(name)) and not _is_route(*route.groups())),
        *(name for name in WIRE.findall(text) if name not in known_types() and name not in topics()),
    ]


def missing_fields(text: str) -> list[str]:
    """The `kind.field` of a page that no definition has."""
    load_all(unstarted())
    fields = (FIELD.fullmatch(name) for name in QUOTED.findall(text))
    named = [field.groups() for field in fields if field and field[1] in kinds()]
    return [f"{kind}.{name}" for kind, name in named if name not in kinds()[kind].model_fields]


@cache
def tracked() -> tuple[str, ...]:
    """All files of the repository."""
    return tuple(check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines())


def _is_file(name: str) -> bool:
    """Whether a path exists, also if it is relative to a room; what does not look like a path is accepted."""
    match = FILE.fullmatch(name)
    if not match or name.startswith(THEIRS) or not (name.startswith(FOLDERS) or re.search(r"\.\w+(::\w+)?$", name)):
        return True
    path, inside = match.groups()
    files = [file for file in tracked() if f"/{file}".endswith(f"/{path}") or file.startswith(f"{path.rstrip('/')}/")]
    return any(not inside or inside in defined(ROOT / file) for file in files)


@cache
def defined(path: Path) -> set[str]:
    """The names that a module defines or imports at its top level."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign():
                names |= {each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
            case ast.ImportFrom():
                names |= {each.asname or each.name for each in node.names}
    return names


def _is_module(name: str) -> bool:
    """Whether a name is a module, or something that a module defines."""
    path = name.replace(".", "/")
    parent, _, last = path.rpartition("/")
    inside = ROOT / f"{parent}.py"
    return _is_file(f"{path}.py") or _is_file(f"{path}/__init__.py") or (inside.exists() and last in defined(inside))


def _is_setting(name: str) -> bool:
    """Whether a name is a setting, or, after `…__`, the last part of one."""
    return name in _all_settings() or any(each.endswith(f"__{name}") for each in _all_settings())


def _all_settings() -> frozenset[str]:
    of_compose = re.findall(r"\$\{CARELOOP_([A-Z_]+)", (ROOT / "deploy/compose.yaml").read_text())
    return (
        _settings(AllSettings)
        | _settings(ConsoleSettings)
        | _settings(GatewaySettings)
        | {*of_compose}
        | BESIDE_SETTINGS
    )


@cache
def _settings(model: type[BaseModel], before: str = "") -> frozenset[str]:
    names: set[str] = set()
    for field, about in model.model_fields.items():
        name = f"{before}{field.upper()}"
        names.add(name)
        for inner in (about.annotation, *get_args(about.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                names |= _settings(inner, f"{name}__")
    return frozenset(names)


@cache
def _commands() -> Any:
    for family in FAMILIES:
        import_module(f"deploy.cli.{family}").register(app)
    return typer.main.get_command(app)


def _is_command(words: str) -> bool:
    """Whether a command exists and has these options."""
    command, rest = _commands(), re.sub(r"[\\'\[\]]", "", words).split()
    while rest and rest[0] in (commands := getattr(command, "commands", {})):
        command, rest = commands[rest[0]], rest[1:]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    below = bool(rest) and hasattr(command, "commands") and not rest[0].startswith("--")
    return not below and all(word in options for word in rest if word.startswith("--"))


@cache
def _routes() -> tuple[tuple[str, str, frozenset[str]], ...]:
    """(method, path at the gateway, names in its query)."""
    routes = []
    for service in answering(unstarted()):
        for context in iter_route_contexts(app_of(service, unstarted()).routes):
            dependant = getattr(context.original_route, "dependant", None)
            for method in (context.methods or ()) if dependant else ():
                path = f"/{service.mount or service.name}{context.path}"
                routes.append((method, path, frozenset(_query(dependant))))
    return tuple(routes)


def _query(dependant: Any) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _query(inner)


def _is_route(method: str | None, path: str, query: str | None) -> bool:
    """Whether there is such a route; the mount may be left out, and without a method a part of its path is enough."""
    names = {part.partition("=")[0] for part in (query or "").split("&")} - {"", "wsdl"}
    screens = {"/" + screen.path.split("/")[1] for screen in SCREENS}
    return path.startswith((*THEIRS, *screens)) or any(
        (method in (None, route_method)) and names <= parameters and _same(path, route, whole=bool(method))
        for route_method, route, parameters in _routes()
    )


def _same(path: str, route: str, *, whole: bool) -> bool:
    wanted, parts = path.strip("…/").split("/"), route.strip("/").split("/")
    last = len(parts) - len(wanted)
    mounted = not path.startswith("…") and (wanted[0] in mounts() or wanted[0].startswith("<"))
    starts = range(max(last + 1, 0)) if not whole else [last] if last == 0 or not mounted else []
    return any(all(map(_stands_for, wanted, parts[start:])) for start in starts if start >= 0)


def _stands_for(word: str, part: str) -> bool:
    """Whether a part of a path is this one of a route: the same word, or a value or placeholder for a parameter."""
    return word == part or word.startswith("<") or (part.startswith("{") and re.search(r"[A-Z0-9{<]", word) is not None)


@cache
def topics() -> frozenset[str]:
    """All topics: those of services and those of the whole system."""
    system = (groups.TOPIC, canary.TOPIC, identity.TOPIC, presence.TOPIC)
    owned = (topic for service in load_all(unstarted()) for topic in service.topics(transactions=True))
    return frozenset(topic.name for topic in (*system, *owned))
