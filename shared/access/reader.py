"""The caller, and which persons they may see: every route that shows a person uses it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Any, TypeVar

from fastapi import Depends, Request

from shared.access.relations import ACCESS, relations_in
from shared.access.verdict import Verdict, kinds_of, reads_everybody, rules_of, verdict
from shared.audit import Seen, seen
from shared.caller import Caller
from shared.contracts.contacts_access import BREAK_GLASS, Access
from shared.guard import documents, scope
from shared.host.deps import Deps
from shared.humans import HUMANS, records_of
from shared.problems import Problem
from shared.projector.model import Document
from shared.readmodel import Paging, ReadModel, TimeOrder

MAX_DOCUMENT_WAIT_SECONDS = 1.0
"""Seconds that a command waits until its document, and the caller's relation to the person, are shown."""
TELLS_OF_PEOPLE = documents(
    "audit-away",
    "purpose-unknown",
    headers={"purpose-of-use": "why the caller reads it, a code of HL7 v3 PurposeOfUse; else the service's own"},
)
T = TypeVar("T")
People = Callable[[Document], Sequence[str]]


def _person(row: Document) -> Sequence[str]:
    return (row["person_id"],) if row.get("person_id") else ()


class Reader:
    """What one caller may see of persons. `patience`: seconds to wait for what is not shown yet.

    Persons that are shown or refused are added to `seen`, which becomes the audit event of the answer.
    """

    def __init__(self, deps: Deps, caller: Caller, patience: float = 0.0, seen: Seen | None = None) -> None:
        self.caller, self._deps, self._patience = caller, deps, patience
        self.seen = Seen() if seen is None else seen  # `Seen` without persons is falsy

    async def verdicts(self, persons: Collection[str]) -> dict[str, Verdict]:
        """What may be shown of each of these records; relations of any record of a human count for all of them."""
        if not self.caller.has_roles:
            return dict.fromkeys(persons, "full")
        rules, now = rules_of(self.caller, self._deps.definitions.snapshot.current(Access)), self._deps.clock()
        if reads_everybody(rules):
            return dict.fromkeys(persons, "full")
        humans = {row["_id"]: row["members"] async for row in self._find(HUMANS.collection, persons)}
        members = {person: humans.get(person, [person]) for person in persons}
        rows = self._find(ACCESS.collection, {each for human in members.values() for each in human})
        kinds = kinds_of(rules)
        relations = {row["_id"]: relations_in(row, kinds) async for row in rows}
        return {
            person: verdict(self.caller, rules, [relation for id in human for relation in relations.get(id, ())], now)
            for person, human in members.items()
        }

    def _find(self, collection: str, ids: Collection[str]) -> Any:
        return self._deps.database[collection].find({"_id": {"$in": sorted(ids)}})

    async def need(self, *persons: str) -> None:
        """Return if the caller may read all of these records; else a 404, as for a person who does not exist."""
        self.seen.add(persons)
        async for verdicts in self._repeatedly(lambda: self.verdicts(persons)):
            unreadable = [person for person in persons if verdicts[person] != "full"]
            if not unreadable:
                return
        raise self.unknown("person-unknown", f"there is no person {unreadable[0]} that you may read")

    async def readable(self, rows: Sequence[Document], people: People = _person) -> list[Document]:
        """The rows of which the caller may read all persons; rows without persons are included."""
        verdicts = await self.verdicts({person for row in rows for person in people(row)})
        shown = [row for row in rows if all(verdicts[person] == "full" for person in people(row))]
        self.seen.add(person for row in shown for person in people(row))
        return shown

    async def one(self, row: Document | None, slug: str, detail: str, people: People = _person) -> Document:
        """The row. Raises the same 404 if there is none and if the caller may not read its persons."""
        if row is None or not await self.readable([row], people):
            self.seen.add(people(row) if row else ())
            raise self.unknown(slug, detail)
        return row

    async def target(
        self, model: ReadModel, id: str, slug: str, detail: str, people: People = _person
    ) -> Document | None:
        """The document that a command is about, if the caller may read it; else a 404, whether or not it exists.

        The command of a machine may come before the document is shown: then None.
        """
        async for row in self._repeatedly(lambda: model.documents.find_one({"_id": id})):
            if not self.caller.has_roles or (row and await self.readable([row], people)):
                return row
        raise self.unknown(slug, detail)

    async def _repeatedly(self, look: Callable[[], Awaitable[T]]) -> AsyncIterator[T]:
        """The result of `look` now, and again until `patience` is over."""
        deadline = asyncio.get_running_loop().time() + self._patience
        while True:
            yield await look()
            if asyncio.get_running_loop().time() >= deadline:
                return
            await asyncio.sleep(0.05)

    async def page(
        self,
        model: ReadModel,
        where: dict[str, Any],
        page: Paging,
        show: Callable[[Document], Awaitable[Any]],
        newest: str | TimeOrder | None = None,
        *,
        person: str | None = None,
        people: People = _person,
    ) -> dict[str, Any]:
        """A page of the rows that the caller may read.

        With `person` (any record of the human) a 404 if the caller may not read them; only then a 404 if they do not
        exist, so that the two cannot be distinguished.
        """
        if person:
            await model.wait(page.min_position)
            await self.need(person)
            where = {**where, "person_id": {"$in": (await records_of(self._deps, person)).members}}
        return await model.page(where, page, show, newest, lambda rows: self.readable(rows, people))

    async def counts(
        self, model: ReadModel, only: dict[str, Any], statuses: Sequence[str], at_most: int
    ) -> dict[str, Any]:
        """How many rows in each of these statuses the caller may read, among the first `at_most` of each.

        As routes answer it; `cut`: the statuses with more rows. It shows nobody, so nobody counts as seen.
        """

        async def first(status: str) -> list[Document]:
            rows = model.documents.find({**only, "status": status}, {"person_id": 1}).limit(at_most + 1)
            return [row async for row in rows]

        looked = dict(zip(statuses, await asyncio.gather(*map(first, statuses)), strict=True))
        verdicts = await self.verdicts({person for rows in looked.values() for row in rows for person in _person(row)})
        counted = {
            status: sum(all(verdicts[person] == "full" for person in _person(row)) for row in rows[:at_most])
            for status, rows in looked.items()
        }
        cut = [status for status, rows in looked.items() if len(rows) > at_most]
        return {**counted, "cut": cut, "at_most": at_most}

    def unknown(self, slug: str, detail: str) -> Problem:
        """A 404; for staff it names the route for emergency access."""
        more: dict[str, Any] = {"break_glass": BREAK_GLASS} if self.caller.has_roles else {}
        return Problem(404, slug, detail, **more)


def acting(deps: Deps, caller: Caller) -> Reader:
    """The reader for commands, which cannot name a position to wait for: it waits for a second."""
    return Reader(deps, caller, MAX_DOCUMENT_WAIT_SECONDS)


def readers_with(wanted: str, once: str = "", of_nobody: str = "") -> Callable[..., Awaitable[Reader]]:
    """A dependency of routes that show persons: the `Reader` of a caller with the scope `wanted`.

    `once`, `of_nobody`: see `Bearer`.
    """

    @TELLS_OF_PEOPLE
    async def reader(request: Request, caller: Caller = Depends(scope(wanted, once, of_nobody=of_nobody))) -> Reader:
        return Reader(request.app.state.deps, caller, seen=seen(request))

    return reader
