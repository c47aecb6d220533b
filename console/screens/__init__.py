"""The screens, in the order of the menu. Each is a folder that declares `SCREEN` and has its `routes`."""

from importlib import import_module

from fastapi import APIRouter

from console.desk import Desk
from console.screen import Screen

NAMES = (
    "desk",
    "find",
    "followup",
    "cases",
    "touchpoint",
    "identity",
    "messages",
    "access_log",
    "users",
    "status",
    "dead_letters",
    "trace",
    "person",
    "new_case",
    "consents",
    "records",
    "deaths",
)


def _declared(name: str) -> Screen:
    screen: Screen = import_module(f"{__name__}.{name}").SCREEN
    return screen


SCREENS = tuple(_declared(name) for name in NAMES)


def screen_routes(screen: Screen, desk: Desk) -> APIRouter:
    """The routes of a screen."""
    router: APIRouter = import_module(f"{__name__}.{screen.name}.routes").routes(desk)
    return router
