"""Compare the platform's daily bill with our payments: one day at a time, on the day after. Run by the puller role."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import httpx

from services.his_adapter.payments.accounts import Accounts
from services.his_adapter.payments.commands import Compare, HearPlatform
from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.progress import Progress, positions_are_read
from services.his_adapter.payments.projections import COLLECTION
from services.his_adapter.payments.statement import PlatformRefused, PlatformTrouble, StatementLine
from shared.actor import system
from shared.back_off import BackOff
from shared.contracts.base import Command, Stamp
from shared.host.deps import Deps
from shared.ids import derive
from shared.polling import poll
from shared.telemetry import edge_span

TARGET, GROUP = "his-payments", "his-payments.bills"


class NoBill(Exception):
    """A bill cannot be read at the moment; the text has the reason."""


@dataclass(frozen=True, slots=True)
class Bill:
    """The bills of one platform, as a `PolledSource`."""

    deps: Deps
    provider: Provider
    progress: Progress

    @property
    def name(self) -> str:
        """Return the name: `payment-provider/<id>`."""
        return self.progress.name

    @property
    def back_off(self) -> BackOff:
        """Return the waits after a bill that could not be compared."""
        return self.provider.asking.bill_back_off_seconds

    async def poll(self) -> None:
        """Compare the next bill if it is due. Raises `NoBill`."""
        await compare_bills(self.deps, self.provider, self.progress)

    async def report(self, trouble: str) -> None:
        """Show operators why the bill cannot be compared."""
        await self.progress.report(trouble)

    def error_text(self, error: Exception) -> str:
        """Return what may be said of an error; "" for an unforeseen one."""
        return (str(error) or type(error).__name__) if isinstance(error, NoBill | httpx.HTTPError) else ""


class Bills:
    """The platforms whose bills are compared; each keeps its progress between polls."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._progress: dict[str, Progress] = {}

    def __call__(self) -> Iterator[Bill]:
        """Return the platforms of the definitions in force."""
        for provider in self._deps.definitions.snapshot.current(Provider):
            if provider.bills_from:
                progress = self._progress.setdefault(provider.id, Progress(self._deps, provider))
                yield Bill(self._deps, provider, progress)


async def compare(deps: Deps) -> None:
    """Run the puller role of payments: compare the daily bills of payment platforms."""
    await positions_are_read(deps)
    await poll(deps, GROUP, Bills(deps))


async def compare_bills(deps: Deps, provider: Provider, progress: Progress) -> None:
    """Compare the bill of the next day, if it is available. Raises `NoBill`."""
    last = await progress.day()
    begins = last + timedelta(days=1) if last else provider.bills_from
    day = next_bill(begins, deps.clock(), provider)
    if day is None:
        return
    accounts = Accounts(deps)
    try:
        lines = await (await accounts.of(provider.id)).bill(day)
    except (PlatformTrouble, PlatformRefused) as error:
        raise NoBill(f"the bill of {day}: {error}") from error
    finally:
        await accounts.close()
    with edge_span("compare bill", **{"careloop.lines": len(lines)}) as headers:
        now, ours = deps.clock(), await paid_on(deps, provider, day)
        for command in (*commands_of(lines, day, now), *commands_of_missing(lines, day, ours, now)):
            await deps.sender.send(
                TARGET, [(deps.sender.envelope(TARGET, command, actor=system("payments.bills")), headers)]
            )
    await progress.compared(day, len(lines))


def next_bill(begins: date | None, now: datetime, provider: Provider) -> date | None:
    """The day `begins` if its bill is available at `now`, else None (also if comparing is not configured)."""
    local = now.astimezone(ZoneInfo(provider.zone))
    latest = local.date() - timedelta(days=1 if local.hour >= provider.bills_hour else 2)
    return begins if begins and begins <= latest else None


def commands_of(lines: list[StatementLine], day: date, now: datetime) -> list[Command]:
    """The commands for the lines of a bill: `Compare` for a payment, `HearPlatform` for a refund that was made."""
    commands: list[Command] = []
    for line in lines:
        stamp = Stamp(id=derive("bill", day, line.payment_id, line.refund_id), at=now)
        if line.refunded:
            refund = HearPlatform(
                **stamp,
                payment_id=line.payment_id,
                transaction_id=line.transaction_id,
                told_by="bill",
                state="refunded",
                refund_id=line.refund_id,
                amount=line.amount,
            )
            commands.append(refund)
        elif not line.refund_id:
            paid = Compare(
                **stamp,
                payment_id=line.payment_id,
                transaction_id=line.transaction_id,
                day=day,
                theirs=line.amount,
            )
            commands.append(paid)
    return commands


def commands_of_missing(lines: list[StatementLine], day: date, ours: list[str], now: datetime) -> list[Command]:
    """`Compare` commands without an amount for our payments of that day (ids `ours`) that the bill does not have."""
    theirs = {line.payment_id for line in lines}
    absent = [id for id in ours if id not in theirs]
    return [Compare(id=derive("bill", day, id, "missing"), at=now, payment_id=id, day=day) for id in absent]


async def paid_on(deps: Deps, provider: Provider, day: date) -> list[str]:
    """The ids of payments that were made on a day in the platform's time zone."""
    zone = ZoneInfo(provider.zone)
    begins, ends = (datetime.combine(local_day, time(), zone) for local_day in (day, day + timedelta(days=1)))
    where = {"provider": provider.id, "paid": {"$gte": begins, "$lt": ends}}
    return [row["_id"] async for row in deps.database[COLLECTION].find(where, {"_id": 1})]
