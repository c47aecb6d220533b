"""HTTP: the hospital's directory, written by a content system and read by IVR, kiosk and web."""

import re
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from services.his_adapter.directory.answers import EntryFields, EntryPage, KindOverview, OneEntry
from services.his_adapter.directory.commands import WithdrawEntry, command_of, entry_from
from services.his_adapter.directory.domain import in_force
from services.his_adapter.directory.projections import COLLECTION, spoken
from services.his_adapter.formats.common.entries import report_of
from shared.answers import ListOf, answers, decides
from shared.caller import Caller
from shared.codec import Refusal
from shared.contracts.base import stored
from shared.contracts.his_directory import MODELS, EntryKey, EntryKind, Language
from shared.guard import KIBI, Tag, guarded, scope
from shared.host.deps import Deps
from shared.http import Asked, asking, submit
from shared.problems import Problem
from shared.readmodel import AskedPage, ReadModel

WHY_OF_NOBODY = "the hospital's own codes"
READ, WRITE = (
    scope("his-directory:read", of_nobody=WHY_OF_NOBODY),
    asking("his-directory:write", of_nobody=WHY_OF_NOBODY),
)
Tongue = Annotated[Language, Query(description="the language wanted; the other is given where there is none")]
CodeQuery = Annotated[str, Query(description="only entries of this department or doctor, by code")]
TARGET = "his-directory"
WRONG = ("field-unknown", "names-missing", "field-invalid", "field-too-long")
TAG = Tag("directory", "The hospital's directory: departments, doctors, clinic hours, prices")


def routes(deps: Deps) -> APIRouter:
    """Return the routes of the directory."""
    router, model = guarded(tags=[TAG]), ReadModel(deps, COLLECTION)
    _writing(router, deps)
    _overview(router, deps, model)
    _reading(router, model)
    return router


def _writing(router: APIRouter, deps: Deps) -> None:
    @router.put(
        "/v1/directory/{kind}/{code}", max_body_size=1024 * KIBI, responses=decides(*WRONG, created=True)
    )  # texts may have 20,000 characters per language
    async def put_entry(kind: EntryKind, code: str, body: EntryFields, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Set the fields that this caller says of an entry; fields it omits are dropped, other sources' stay."""
        entry = entry_from(kind, code, body)
        if isinstance(entry, Refusal):
            raise Problem(422, entry.reason, entry.detail)
        command = command_of(report_of(asked.at, f"http:{asked.caller.name}", entry), asked.id)
        return await submit(deps, asked, TARGET, command, created=201)

    @router.delete("/v1/directory/{kind}/{code}", responses=decides("entry-unknown"))
    async def withdraw_entry(kind: EntryKind, code: str, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Withdraw an entry, for all its sources."""
        command = WithdrawEntry(**asked.stamp, entry_id=EntryKey(kind, code), source=f"http:{asked.caller.name}")
        return await submit(deps, asked, TARGET, command)


def _overview(router: APIRouter, deps: Deps, model: ReadModel) -> None:
    @router.get("/v1/directory", responses=answers(ListOf[KindOverview]))
    async def get_directory(min_position: str | None = None, caller: Caller = Depends(READ)) -> dict[str, Any]:
        """List the kinds with the number of their entries, the last change and the last confirmation."""
        await model.wait(min_position)
        newest = {"changed": {"$max": "$changed"}, "confirmed": {"$max": "$confirmed"}}
        stages = [{"$match": {"listed": True}}, {"$group": {"_id": "$kind", "entries": {"$sum": 1}, **newest}}]
        rows = [row async for row in model.documents.aggregate([*stages, {"$sort": {"_id": 1}}])]
        now = deps.clock()
        return await model.shown(
            [
                {
                    "kind": row["_id"],
                    "entries": row["entries"],
                    "changed": row["changed"].isoformat(),
                    "confirmed": row["confirmed"].isoformat(),
                    "age_seconds": int((now - row["confirmed"]).total_seconds()),
                }
                for row in rows
            ]
        )


def _reading(router: APIRouter, model: ReadModel) -> None:
    @router.get("/v1/directory/{kind}", responses=answers(EntryPage))
    async def list_entries(
        kind: EntryKind,
        page: AskedPage,
        lang: Tongue = "zh",
        department: CodeQuery = "",
        doctor: CodeQuery = "",
        q: Annotated[str, Query(max_length=100, description="part of a name or code, in any language")] = "",
        on: Annotated[date | None, Query(description="what holds on that day; of clinic hours, those held")] = None,
        inactive: Annotated[bool, Query(description="also what is no longer offered")] = False,
        caller: Caller = Depends(READ),
    ) -> dict[str, Any]:
        """List entries of a kind by code; `next` is the cursor of the next page; with `on` a page may be short."""
        where = {"kind": kind, "listed": True, **({} if inactive else {"active": True})}
        filters = [of_department(department), {"doctor": doctor} if doctor else {}, named(q), not_over(on)]

        async def shown(row: dict[str, Any]) -> dict[str, Any]:
            return spoken(row, lang)

        only = those_in_force(on) if on else None
        return await model.page({**where, "$and": [part for part in filters if part]}, page, shown, only=only)

    @router.get("/v1/directory/{kind}/{code}", responses=answers(OneEntry, "entry-unknown"))
    async def get_entry(
        kind: EntryKind, code: str, lang: Tongue = "zh", min_position: str | None = None, caller: Caller = Depends(READ)
    ) -> dict[str, Any]:
        """Return one entry."""
        await model.wait(min_position)
        entry = await model.documents.find_one({"_id": f"{kind}/{code}", "listed": True})
        if entry is None:
            raise Problem(404, "entry-unknown", f"the directory lists no {kind} {code!r}")
        return await model.shown(spoken(entry, lang))


def of_department(code: str) -> dict[str, Any]:
    """Return the filter for entries of a department; doctors have a list of departments."""
    return {"$or": [{"department": code}, {"departments": code}]} if code else {}


def named(text: str) -> dict[str, Any]:
    """Return the filter for entries whose code or name contains the text."""
    part = {"$regex": re.escape(text), "$options": "i"}
    return {"$or": [{"code": part}, {"names.zh": part}, {"names.en": part}]} if text else {}


def not_over(on: date | None) -> dict[str, Any]:
    """Return the filter that leaves out what ended before a day; `in_force` decides about the rest.

    Documents hold dates as ISO text.
    """
    return {"$or": [{"until": None}, {"until": {"$gte": on.isoformat()}}]} if on else {}


def those_in_force(on: date) -> Callable[[list[dict[str, Any]]], Awaitable[list[dict[str, Any]]]]:
    """Return the filter of documents for entries in force on a day."""

    async def only(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if in_force(stored(MODELS[row["kind"]], row), on)]

    return only
