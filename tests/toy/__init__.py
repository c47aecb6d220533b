"""A sixth service, transport, that fetches patients who were discharged: what adding a service costs, and proof that
nothing else has to be touched. `added` puts it into the product of this process, which must be one of its own."""

from pathlib import Path

import services
import shared.contracts
from deploy import catalogue

TOY = Path(__file__).parent
NAME = "transport"


def added() -> None:
    """Its folder, its contract, and its name in the catalogue."""
    services.__path__.append(str(TOY / "services"))
    shared.contracts.__path__.append(str(TOY / "shared/contracts"))
    catalogue.NAMES += (NAME,)  # type: ignore[assignment]
