"""How far the bills of a platform were compared: written to Kafka, shown by `GET /his/v1/feeds`."""

from datetime import date

from services.his_adapter.payments.definitions import Provider
from shared import progress
from shared.contracts.base import Part
from shared.host.deps import Deps


class Position(Part):
    """The last day whose bill was compared; None before the first."""

    day: date | None = None


class Progress(progress.Progress):
    """The last day whose bill was compared, kept by the process that compares bills."""

    def __init__(self, deps: Deps, provider: Provider) -> None:
        super().__init__(deps, str(provider.any_version))

    async def day(self) -> date | None:
        """Return the last compared day, or None before the first."""
        return (await self.position(Position)).day

    async def compared(self, day: date, lines: int) -> None:
        """Store that the bill of a day, which has so many lines, was compared."""
        await self.note(Position(day=day), since=day.isoformat(), read=lines)
