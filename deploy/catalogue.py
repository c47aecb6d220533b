"""All services, by name, and what else answers over HTTP beside them. The only list of them."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from pydantic import SecretStr

from shared.service import Service
from shared.settings import Keys, Settings
from shared.uses import Use

SERVICE_NAMES = ("contacts", "followup", "complaints", "notify", "his_adapter")
OPS = "ops"
"""The API for operators (`deploy/ops`): declared as a service is, but without events of its own."""
SETTINGS_MODULES = (*(f"services.{name}.settings" for name in SERVICE_NAMES), "deploy.ops.settings")


def load(name: str, settings: Settings) -> Service:
    """Build one service by its bootstrap. Raises KeyError for an unknown name."""
    if name not in (*SERVICE_NAMES, OPS):
        raise KeyError(f"there is no service {name!r}: choose from {', '.join((*SERVICE_NAMES, OPS))}")
    package = "deploy.ops" if name == OPS else f"services.{name}"
    service: Service = import_module(f"{package}.bootstrap").build(settings)
    return service


def load_all(settings: Settings) -> list[Service]:
    """Build all services."""
    return [load(name, settings) for name in SERVICE_NAMES]


def answering(settings: Settings) -> list[Service]:
    """Build all that answer over HTTP behind the gateway: the services, and the API for operators."""
    return [*load_all(settings), load(OPS, settings)]


@cache
def mounts() -> dict[str, str]:
    """Return the gateway's path of each service: mount → name."""
    return {service.mount or service.name: service.name for service in answering(unstarted())}


def mount_of(name: str) -> str:
    """Return the gateway's path of a service. Raises KeyError for an unknown name."""
    return {service: mount for mount, service in mounts().items()}[name]


def owner_of(collection: str) -> Service:
    """Return the service that has a collection of this name. Raises LookupError if none has."""
    for service in load_all(unstarted()):
        if collection in {projection.collection for projection in service.projections}:
            return service
    raise LookupError(f"no service has a collection {collection!r}")


@cache
def intakes() -> dict[str, tuple[str, ...]]:
    """Return service name → path prefixes that its intake role serves instead of its api role."""
    return {service.name: service.takes for service in load_all(unstarted())}


CONSOLE = "console"


def process_name(service: str, role: str) -> str:
    """Return the name of the process of a role, where each has its own: a host name, such as `his-adapter-intake`."""
    return f"{service.replace('_', '-')}-{role}"


@cache
def process_names() -> tuple[str, ...]:
    """Return the names of all processes that say how they are, where each role has its own."""
    from shared.host.run import roles_of  # a process that runs one role does without its imports

    services = load_all(unstarted())
    return (*(process_name(service.name, role) for service in services for role in roles_of(service)), OPS, CONSOLE)


@cache
def scopes() -> list[str]:
    """Return all scopes that a token can have: those that routes require."""
    services = (service.scopes.items() for service in answering(unstarted()))
    return [f"{owner}:{duty}" for scopes in services for owner, duties in scopes for duty in duties]


@cache
def uses() -> tuple[Use, ...]:
    """Return every group of settings that only some roles need."""
    return tuple(dict.fromkeys(use for service in load_all(unstarted()) for use in service.uses_of(service.uses)))


@cache
def settings_class() -> type[Settings]:
    """Return a class with the settings of all services and of the API for operators: `SETTINGS` of each `settings.py`.

    They are not read from `Service`, whose bootstrap imports the whole service: a process of one service would start a
    second later.
    """
    modules = [import_module(name) for name in SETTINGS_MODULES if find_spec(name)]
    return type("AllSettings", tuple(each for module in modules for each in module.SETTINGS) or (Settings,), {})


def unstarted() -> Settings:
    """Return settings for services that are built but not started, to read their definitions and routes."""
    return settings_class()(keys=Keys(site=SecretStr("00" * 32), master=SecretStr("00" * 32)))
