"""Timers are events of the service that wants to be woken; its processor watches the clock (Faust)."""

from pydantic import AwareDatetime

from shared.contracts.base import Command, Event


class TimerSet(Event):
    """Wake the aggregate at `due` with the command type `command`. A higher `version` replaces a lower one."""

    timer_id: str
    version: int
    due: AwareDatetime
    command: str


class TimerCancelled(Event):
    """Do not wake; versions up to `version` are void."""

    timer_id: str
    version: int


class TimerCommand(Command):
    """What a processor sends when a timer is due. `due` is when it was meant, `at` when it came."""

    timer_id: str
    version: int
    due: AwareDatetime
