"""Each day's bill of the platform against what we know: read by the puller, a day at a time, the day after."""

from datetime import date, datetime, time, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from services.his_adapter.payments.accounts import Accounts
from services.his_adapter.payments.commands import Compare, HearPlatform
from services.his_adapter.payments.definitions import Provider
from services.his_adapter.payments.projections import COLLECTION
from services.his_adapter.payments.statement import Line, Refused, Trouble
from shared.actor import system
from shared.contracts.base import Command, Stamp
from shared.host.deps import Deps
from shared.ids import derive
from shared.telemetry import edge_span

TARGET = "his-payments"


class Progress(Protocol):
    """How far the bills of a platform were compared, kept by whoever runs this."""

    async def position(self) -> dict[str, Any]:
        """The last `day`, once there is one."""

    async def note(self, position: dict[str, Any], **more: Any) -> None:
        """From now on we are here; `more` is what is shown of it."""


class NoBill(Exception):
    """A bill cannot be read for now; the text says why."""


async def compare_bills(deps: Deps, provider: Provider, progress: Progress) -> None:
    """The next day that is over and was not compared yet. Raises `NoBill`."""
    position = await progress.position()
    begins = date.fromisoformat(str(position["day"])) + timedelta(days=1) if "day" in position else provider.bills_from
    day = next_bill(begins, deps.clock(), provider)
    if day is None:
        return
    accounts = Accounts(deps)
    try:
        found = await (await accounts.of(provider.id)).bill(day)
    except (Trouble, Refused) as error:
        raise NoBill(f"the bill of {day}: {error}") from error
    finally:
        await accounts.close()
    with edge_span("compare bill", **{"careloop.lines": len(found)}) as headers:
        told = [*said(found, day, deps.clock()), *missing(found, day, await paid_on(deps, provider, day), deps.clock())]
        for command in told:
            await deps.sender.send(
                TARGET, [(deps.sender.envelope(TARGET, command, actor=system("payments.bills")), headers)]
            )
    await progress.note({"day": day.isoformat()}, read=len(found), since=day.isoformat())


def next_bill(begins: date | None, now: datetime, provider: Provider) -> date | None:
    """The next day to compare, once its bill is there; None where there is none."""
    local = now.astimezone(ZoneInfo(provider.zone))
    over = local.date() - timedelta(days=1 if local.hour >= provider.bills_hour else 2)
    return begins if begins and begins <= over else None


def said(found: list[Line], day: date, now: datetime) -> list[Command]:
    """What each line says."""
    commands: list[Command] = []
    for line in found:
        stamp = Stamp(id=derive("bill", day, line.payment_id, line.refund_id), at=now)
        if line.refunded:
            back = HearPlatform(
                **stamp,
                payment_id=line.payment_id,
                transaction_id=line.transaction_id,
                told_by="bill",
                state="refunded",
                refund_id=line.refund_id,
                amount=line.amount,
            )
            commands.append(back)
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


def missing(found: list[Line], day: date, ours: list[str], now: datetime) -> list[Command]:
    """What we hold for paid on that day and the bill does not know."""
    theirs = {line.payment_id for line in found}
    absent = [id for id in ours if id not in theirs]
    return [Compare(id=derive("bill", day, id, "missing"), at=now, payment_id=id, day=day) for id in absent]


async def paid_on(deps: Deps, provider: Provider, day: date) -> list[str]:
    """The payments that were made on a day of the platform's."""
    zone = ZoneInfo(provider.zone)
    begins, ends = (datetime.combine(each, time(), zone) for each in (day, day + timedelta(days=1)))
    where = {"provider": provider.id, "paid": {"$gte": begins, "$lt": ends}}
    return [row["_id"] async for row in deps.database[COLLECTION].find(where, {"_id": 1})]
