"""Given a view in a hospital's database, when it is looked at, then every row from the watermark on, page by page."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from services.his_adapter.definitions import Table
from services.his_adapter.tables import view
from services.his_adapter.tables.view import _mark_of, _pages, _position_of
from tests.support.databases import database, missing

pytestmark = pytest.mark.wiring
FIRST = datetime(2026, 3, 9, 8)
COLUMNS = {"number": "no", "name": "name"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if reason := missing(request.param):
        pytest.skip(reason)
    with database(request.param) as found:
        engine = create_engine(found)
        with engine.begin() as connection:
            connection.execute(text("create table p (no varchar(9), name varchar(20), seq integer, changed timestamp)"))
            rows = [
                {"no": str(n), "name": "王秀英", "seq": n, "changed": FIRST + timedelta(hours=n)} for n in range(25)
            ]
            connection.execute(text("insert into p values (:no, :name, :seq, :changed)"), rows)
            connection.execute(text("create view v_p as select no, name, seq, changed from p"))
        engine.dispose()
        yield found


@pytest.mark.parametrize("watermark", ["seq", "changed"])
def test_rows_are_read_in_pages_from_the_watermark_on(
    url: str, watermark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "PAGE", 10)
    where = {"url": url, "view": "v_p", "watermark": watermark}
    table = Table.model_validate({"id": "t", "version": 1, "rows": "patients", "columns": COLUMNS, **where})
    pages = list(_pages(table, None, None))
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [row["no"] for page in pages for row in page] == [str(n) for n in range(25)]
    assert pages[0][0]["name"] == "王秀英"
    if not url.startswith("sqlite") or watermark == "seq":  # SQLite keeps times as text
        mark = _mark_of(_position_of(pages[-1][2][watermark]))
        [rest] = _pages(table, None, mark)
        assert [row["no"] for row in rest] == ["22", "23", "24"]
