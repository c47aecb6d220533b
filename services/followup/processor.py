"""Clocks: tasks come due."""

from faust import App

from shared.contracts.followup import TimerCancelled, TimerSet
from shared.host.deps import Deps
from shared.processor.app import TimerAgent


def register(app: App, deps: Deps) -> TimerAgent:
    """The agents and tables of followup."""
    return TimerAgent(app, deps, (TimerSet, TimerCancelled))
