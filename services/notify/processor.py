"""Clocks: waiting messages may go out."""

from faust import App

from shared.contracts.notify import TimerCancelled, TimerSet
from shared.host.deps import Deps
from shared.processor.app import TimerAgent


def register(app: App, deps: Deps) -> TimerAgent:
    """The agents and tables of notify."""
    return TimerAgent(app, deps, (TimerSet, TimerCancelled))
