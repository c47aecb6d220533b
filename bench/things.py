"""What the version clocks of his_adapter cost: bytes for each thing ever heard of, in memory and in a checkpoint."""

import asyncio
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from typing import Any

from bench.growth import resident
from bench.measure import Measure
from services.his_adapter.facts.domain import DECIDER
from services.his_adapter.facts.state import Patient
from shared.contracts.base import changed
from shared.contracts.facts import Details
from shared.contracts.his_adapter import ChargePosted
from shared.decider import checkpoint
from shared.decider.partition import Aggregate, Partition
from shared.ids import derive
from tests.support.counter import AT
from tests.support.rings import OpenRing

NOBODY = Details(identifiers=())


class _Plain(OpenRing):
    """What it seals is as long as what a real one does."""

    def seal(self, key: str, clear: bytes, context: str) -> str:
        """28 bytes of nonce and tag, in base64."""
        return "x" * ((len(clear) + 28 + 2) // 3 * 4)


async def alone(things: int, each: int) -> list[Measure]:
    """`measures` in a process of its own, so that nothing else is in its memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, measures, things, each)


def measures(things: int, each: int) -> list[Measure]:
    """So many charges, `each` of a patient: state alone, without what is remembered of commands."""
    memory: Partition[Any] = Partition(DECIDER, "bench")
    before, began = resident(), time.monotonic()
    for number in range(things // each):
        key, patient = f"{number:032x}", Patient()
        charge = ChargePosted(at=AT, patient_key=key, patient=NOBODY, message_id="", charge_id="", amount=Decimal(1))
        for nth in range(each):
            id = derive(key, nth)
            patient = DECIDER.evolve(patient, changed(charge, message_id=id, charge_id=id))
        memory.aggregates[key] = Aggregate(patient, each)
    seconds, grown = time.monotonic() - began, resident() - before
    some = list(memory.aggregates)[:1_000]
    outs = asyncio.run(checkpoint.records(memory, some, _Plain()))  # type: ignore[arg-type]
    stored = sum(len(out.key) + len(out.value or b"") for out in outs)
    what = f"{things / 1e6:g} million things, {each} of a patient"
    return [
        Measure(f"things_{each}", f"memory of {what}", grown * (1 << 20) / things, "bytes a thing"),
        Measure(f"things_stored_{each}", f"checkpoint of {what}", stored / (len(some) * each), "bytes a thing"),
        Measure(f"things_rate_{each}", f"facts applied, {what}", things / seconds, "facts/s"),
    ]
