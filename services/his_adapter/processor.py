"""Clocks: hospital systems and payment platforms are asked again, or given up."""

from faust import App

from services.his_adapter.payments.domain import PAYMENTS
from services.his_adapter.requests.domain import REQUESTS
from shared.contracts import his_payments, his_requests
from shared.host.deps import Deps
from shared.processor.app import TimerAgent

TYPES = (his_requests.TimerSet, his_requests.TimerCancelled, his_payments.TimerSet, his_payments.TimerCancelled)


def register(app: App, deps: Deps) -> TimerAgent:
    """The agents and tables of his_adapter."""
    return TimerAgent(app, deps, TYPES, (REQUESTS.service, PAYMENTS.service))
