"""HTTP: prepare the prefilled papers of a formality, read them, fill missing items."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import Field

from services.his_adapter.facts.belonging import NUMBER, number_key, records_with
from services.his_adapter.facts.files import facts_of
from services.his_adapter.packets.answers import PacketShown
from services.his_adapter.packets.commands import FillPacket, PreparePacket
from services.his_adapter.packets.definitions import FactSource, Packet
from services.his_adapter.packets.filling import unknown_item_detail, unknown_items, values_of
from services.his_adapter.packets.projections import PACKETS
from shared.access import Reader, acting, readers_with
from shared.answers import Page, Shown, answers, decides
from shared.contracts.bounds import MANY, MAX_TEXT_CHARACTERS, Code, Text
from shared.contracts.his_adapter import PatientFact
from shared.guard import Tag, guarded
from shared.host.deps import Deps
from shared.http import Asked, Body, asking, submit
from shared.ids import derive
from shared.opening import opened
from shared.problems import Problem
from shared.readmodel import AskedPage, ReadModel, iso

TARGET = "his-packets"
READ, WRITE = readers_with("his-packets:read"), asking("his-packets:write")
Given = Annotated[dict[Code, Text], Field(max_length=MANY)]
PAPERS = 2 * MANY * MAX_TEXT_CHARACTERS * len(r"\u4e00")
"""Size limit of a body in bytes: the maximum number of texts, every character escaped in JSON."""
TAG = Tag("packets", "Papers of a discharge or a revisit, prefilled")


class Patient(Body):
    """A patient number as in HL7 v2: `kind` of table 0203, `authority` as in CX-4; `visit` is a visit number.

    Without `visit` the latest visit counts.
    """

    number: Code = Field(min_length=1)
    kind: Code = "MR"
    authority: Code = ""
    visit: Code = ""


class NewPacket(Patient):
    """The papers of a formality for a person; `given` overrides values that the hospital sent."""

    person_id: Code = Field(min_length=1)
    formality: Code = Field(min_length=1)
    given: Given = {}


class More(Body):
    """Values for gaps: entered by hand (`given`), or read again from the facts about `patient`."""

    given: Given = {}
    patient: Patient | None = None


def routes(deps: Deps) -> APIRouter:
    """Return the routes of packets."""
    router, model = guarded(tags=[TAG]), ReadModel(deps, PACKETS.collection, "humans", "people", "access")
    _writing(router, deps, model)
    _reading(router, deps, model)
    return router


def _writing(router: APIRouter, deps: Deps, model: ReadModel) -> None:
    @router.post(
        "/v1/packets",
        max_body_size=PAPERS,
        responses=decides(
            "person-unknown", "formality-unknown", "patient-unknown", "item-unknown", *NUMBER, created=True
        ),
    )
    async def prepare_packet(body: NewPacket, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Prepare a packet; `aggregate` in the response is its id."""
        await acting(deps, asked.caller).need(body.person_id)
        _only_items(deps.definitions.snapshot.find(Packet, body.formality), body.given)
        records = await records_with(deps, body.person_id, body, "number")
        command = PreparePacket(
            **asked.stamp,
            packet_id=derive(asked.id, "packet"),
            person_id=records.lead,
            formality=body.formality,
            prepared_by=asked.caller.name,
            filled=body.given,
            known=await _values_from_facts(deps, body, asked.stamp["at"]),
        )
        return await submit(deps, asked, TARGET, command, created=201)

    @router.post(
        "/v1/packets/{id}/items",
        max_body_size=PAPERS,
        responses=decides("packet-unknown", "patient-unknown", "item-unknown", *NUMBER),
    )
    async def fill_packet(id: str, body: More, asked: Asked = Depends(WRITE)) -> JSONResponse:
        """Fill gaps with values entered by hand or sent by the hospital system since."""
        row = await acting(deps, asked.caller).target(model, id, *unknown(id))
        values = None
        if body.patient and row:
            await records_with(deps, row["person_id"], body.patient, "patient.number")
            values = await _values_from_facts(deps, body.patient, asked.stamp["at"])
        command = FillPacket(**asked.stamp, packet_id=id, filled_by=asked.caller.name, filled=body.given, known=values)
        return await submit(deps, asked, TARGET, command, document=row)


def _only_items(papers: Packet | None, given: dict[str, str]) -> None:
    """Raise a 422 problem for items that the packet does not have, which the decider would reject."""
    if papers and (unknown := unknown_items(papers, given)):
        raise Problem(422, "item-unknown", unknown_item_detail(papers, unknown))


async def _values_from_facts(deps: Deps, who: Patient, now: datetime) -> dict[FactSource, str]:
    """Return the values in the facts about a patient. Raises a 404 problem for an unknown number."""
    key = number_key(deps, who.kind, who.authority, who.number)
    facts = await facts_of(deps, key, PatientFact)
    if facts is None:
        raise Problem(404, "patient-unknown", "no hospital system told anything of a patient of that `number`")
    return values_of(facts, who.visit, now)


def _reading(router: APIRouter, deps: Deps, model: ReadModel) -> None:
    @router.get("/v1/packets", responses=answers(Page[PacketShown]))
    async def list_packets(
        page: AskedPage,
        person: str | None = None,
        status: Literal["open", "complete"] | None = None,
        reader: Reader = Depends(READ),
    ) -> dict[str, Any]:
        """List packets, newest first; `next` is the cursor of the next page."""
        where = {"status": status}
        return await reader.page(model, where, page, partial(_shown, deps), newest="prepared", person=person)

    @router.get("/v1/packets/{id}", responses=answers(Shown[PacketShown], "packet-unknown"))
    async def get_packet(id: str, min_position: str | None = None, reader: Reader = Depends(READ)) -> dict[str, Any]:
        """Return one packet with all its items and their values."""
        await model.wait(min_position)
        row = await model.documents.find_one({"_id": id})
        return await model.shown(await _shown(deps, await reader.one(row, *unknown(id))))


def unknown(id: str) -> tuple[str, str]:
    """Return slug and detail of the problem for a packet that does not exist or that the caller may not read."""
    return "packet-unknown", f"there is no packet {id}"


async def _shown(deps: Deps, row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with its items decrypted, in the order of the definition."""
    papers = deps.definitions.snapshot.version(Packet, row["formality"])
    [prepared] = await opened(deps.codec, [row], "prepared_as")
    filled = [envelope.data for envelope in await opened(deps.codec, list(row["given"].values()))]
    values = {**(prepared.data.filled or {}), **{event.item: event.value for event in filled}}
    filled_by = {event.item: event.filled_by for event in filled}
    items = [
        {
            "item": item.id,
            "titles": dict(item.titles),
            "value": values.get(item.id),
            "missing": item.id in row["gaps"],
            "department": item.department,
            "filled_by": filled_by.get(item.id),
        }
        for item in papers.items
    ]
    names = ("person_id", "formality", "status", "prepared_by", "prepared", "completed")
    shown = {name: iso(row.get(name)) for name in names}
    return {"packet_id": row["_id"], **shown, "gaps": row["gaps"], "items": items}
