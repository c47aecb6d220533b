"""Clocks: what a hospital system was asked is asked again, and given up."""

from faust import App

from services.his_adapter.requests.domain import REQUESTS
from shared.contracts.his_requests import TimerCancelled, TimerSet
from shared.host.deps import Deps
from shared.processor.app import TimerAgent


def register(app: App, deps: Deps) -> TimerAgent:
    """The agents and tables of his_adapter."""
    return TimerAgent(app, deps, (TimerSet, TimerCancelled), REQUESTS.service)
