"""All services, by name. The only list of them."""

from functools import cache
from importlib import import_module

from pydantic import SecretStr

from deploy.settings import AllSettings
from shared.service import Service
from shared.settings import Keys, Settings
from shared.uses import Use

NAMES = ("contacts", "followup", "complaints", "notify", "his_adapter")


def load(name: str, settings: Settings) -> Service:
    """One service, built by its own bootstrap. Raises KeyError for a name that is none."""
    if name not in NAMES:
        raise KeyError(f"there is no service {name!r}: choose from {', '.join(NAMES)}")
    service: Service = import_module(f"services.{name}.bootstrap").build(settings)
    return service


def load_all(settings: Settings) -> list[Service]:
    """Every service."""
    return [load(name, settings) for name in NAMES]


@cache
def mounts() -> dict[str, str]:
    """Where the gateway shows each service: mount → name."""
    return {service.mount or service.name: service.name for service in load_all(unstarted())}


@cache
def intakes() -> dict[str, tuple[str, ...]]:
    """How paths begin that a service's intake role answers, where it runs apart from its api role."""
    return {service.name: service.takes for service in load_all(unstarted())}


@cache
def scopes() -> list[str]:
    """What a token can be minted for: what routes want, no more."""
    owners = (service.scopes.items() for service in load_all(unstarted()))
    return [f"{owner}:{duty}" for each in owners for owner, duties in each for duty in duties]


@cache
def uses() -> tuple[Use, ...]:
    """Every group of settings that only some roles need."""
    return tuple(dict.fromkeys(use for service in load_all(unstarted()) for use in service.uses_of(service.uses)))


def unstarted() -> AllSettings:
    """Settings good enough to build services that are never started: to know their kinds and routes."""
    return AllSettings(keys=Keys(site=SecretStr("00" * 32), master=SecretStr("00" * 32)))
