"""Given rows of a view, when storing them fails, then they are read again: none counts as read before it is stored."""

from types import SimpleNamespace
from typing import Any

from aiokafka.errors import KafkaConnectionError

from services.his_adapter.definitions import Table
from services.his_adapter.tables.view import _store
from shared.definitions import Definitions
from tests.his_adapter.test_translate import KEY

STAYS = Table.model_validate(
    {
        "id": "t",
        "version": 1,
        "rows": "visits",
        "columns": {"number": "no", "visit": "visit"},
        "url": "sqlite://",
        "view": "v",
        "watermark": "seq",
    }
)
PAGE = [{"no": "1", "visit": f"V{seq}", "seq": seq} for seq in (1, 2)]
DEPS: Any = SimpleNamespace(
    settings=SimpleNamespace(keys=SimpleNamespace(site_key=KEY), mllp=SimpleNamespace(site="default")),
    definitions=SimpleNamespace(snapshot=Definitions()),
)


class Away:
    """An intake whose first write meets no broker."""

    def __init__(self) -> None:
        self.tries, self.kept = 0, list[str]()

    async def keep(self, resources: list[dict[str, Any]], sender: str, historical: bool) -> None:
        self.tries += 1
        if self.tries == 1:
            raise KafkaConnectionError
        self.kept += [resource["identifier"][0]["value"] for resource in resources]


class Noted(SimpleNamespace):
    """How far a source was read, in memory."""

    async def note(self, position: dict[str, Any], **more: Any) -> None:
        self.at = position


async def test_rows_that_could_not_be_stored_are_read_again() -> None:
    intake: Any = Away()
    progress: Any = Noted(name="table/t", mark=None, seen={}, at={})
    for page in (PAGE, PAGE, PAGE[1:]):  # the watermark itself is always asked for again
        try:
            await _store(DEPS, intake, STAYS, progress, page)
        except KafkaConnectionError:
            assert progress.at == {}
    assert intake.kept == ["V1", "V2"], "each once, the first failure notwithstanding"
    assert progress.at == {"watermark": 2, "as": "number"}
