"""Given a view in a hospital's database, when it is looked at, then every row from the watermark on, page by page."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from services.his_adapter.formats.tables.definitions import Table
from services.his_adapter.pulling.tables import database as database_module
from services.his_adapter.pulling.tables.connecting import engine_of
from services.his_adapter.pulling.tables.database import _pages
from services.his_adapter.pulling.tables.watermark import position_of, reachable
from services.his_adapter.settings import HisSettings
from tests.support.databases import database, missing

pytestmark = pytest.mark.wiring
FIRST = datetime(2026, 3, 9, 8)
COLUMNS = {"number": "no", "name": "name"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    if reason := missing(request.param):
        pytest.skip(reason)
    async with database(request.param) as database_url:
        engine = create_engine(database_url)
        with engine.begin() as connection:
            kinds = "seq integer, changed timestamp, day date, price numeric(9,2), code varchar(9)"
            connection.execute(text(f"create table p (no varchar(9), name varchar(20), {kinds})"))
            rows = [
                {
                    "no": str(n),
                    "name": "王秀英",
                    "seq": n,
                    "changed": FIRST + timedelta(hours=n),
                    "day": (FIRST + timedelta(days=n)).date(),
                    "price": n + 0.25,
                    "code": f"c{n:02}",
                }
                for n in range(25)
            ]
            connection.execute(text("insert into p values (:no, :name, :seq, :changed, :day, :price, :code)"), rows)
            connection.execute(text("create view v_p as select * from p"))
        engine.dispose()
        yield database_url


@pytest.mark.parametrize("watermark", ["seq", "changed", "day", "price", "code"])
def test_rows_are_read_in_pages_from_before_the_watermark_on(
    url: str, watermark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PAGE", 10)
    overlap = {"overlap_rows": 2, "overlap_minutes": 120 if watermark == "changed" else 1440}
    where = {"url": url, "view": "v_p", "watermark": watermark, **overlap}
    table = Table.model_validate({"id": "t", "version": 1, "rows": "patients", "columns": COLUMNS, **where})
    engine = engine_of(table, HisSettings())
    pages = list(_pages(engine, table, None))
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [row["no"] for page in pages for row in page] == [str(n) for n in range(25)]
    assert pages[0][0]["name"] == "王秀英"
    read = {row["no"]: row[watermark] for page in pages for row in page if int(row["no"]) < 23}
    position = position_of(read["22"], reachable(read, table))
    [again] = _pages(engine, table, position.starts_at(table))
    assert [row["no"] for row in again] == ["20", "21", "22", "23", "24"]
