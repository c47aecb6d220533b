"""Clocks: SLA targets run out."""

from faust import App

from shared.contracts.complaints import TimerCancelled, TimerSet
from shared.host.deps import Deps
from shared.processor.app import TimerAgent


def register(app: App, deps: Deps) -> TimerAgent:
    """The agents and tables of complaints."""
    return TimerAgent(app, deps, (TimerSet, TimerCancelled))
