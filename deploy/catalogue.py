"""All services, by name. The only list of them."""

from importlib import import_module

from pydantic import SecretStr

from shared.service import Service
from shared.settings import Keys, Settings

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


def unstarted() -> Settings:
    """Settings good enough to build services that are never started: to know their kinds and routes."""
    return Settings(keys=Keys(site=SecretStr("00" * 32), master=SecretStr("00" * 32)))
