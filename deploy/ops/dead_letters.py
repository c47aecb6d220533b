"""Routes of dead letters: list, show, redrive, repaired or as they are."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import httpx
from aiokafka import TopicPartition
from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from deploy.operating import dlq
from deploy.operating.letter_index import LetterIndex
from deploy.operating.persons import ids_in, persons_among
from deploy.operating.redrive import Redrive, Send
from deploy.ops.answers import Letter, LetterContent, LetterPage, Redriven
from deploy.ops.describing import letter as described
from deploy.ops.describing import page
from deploy.ops.repairing import repaired_bytes, senders_of
from deploy.ops.settings import OpsSettings
from services.his_adapter.formats.hl7.pointing import pointed
from services.his_adapter.formats.resending import resend
from shared.answers import answers
from shared.audit import seen
from shared.caller import Caller
from shared.contracts.bounds import Code
from shared.deadletter import DeadLetter, original_of
from shared.guard import KIBI, scope
from shared.guard.audited import audited
from shared.host.deps import Deps
from shared.http import Body
from shared.masters import WrongMasterKey
from shared.problems import Problem
from shared.sealing import LostKey
from shared.service import Service
from shared.tokens import mint_token

READ = scope("ops:read", of_nobody="reasons and places; whom they are about is on record before it is answered")
LOOK = scope("ops:read", per_minute=600, of_nobody="what was refused may be of anybody; who looked at it is on record")
WRITE = scope("ops:write", per_minute=600, of_nobody="what was refused is sent again; who did it is on record")
UNREPAIRED = ("repair-not-taken", "sender-changed")
MOST_BYTES = 8 * 1024 * KIBI
"""The size of a repaired record that is taken."""
DOOR_TOKEN = timedelta(minutes=1)


class Repair(Body):
    """`content`: what is sent instead of the original, as `editable` shows it; null: the original as it is.

    Only of a letter that is `repairable`, and only for the senders of the original.
    """

    content: str | None = Field(default=None, min_length=1, max_length=MOST_BYTES)


def add(router: APIRouter, deps: Deps, services: Sequence[Service]) -> None:
    """Add the routes."""
    index = LetterIndex(deps.settings, services)
    _looking(router, deps, index)
    _redriving(router, deps, services, index)


async def _shown(deps: Deps, request: Request, letter: DeadLetter, text: str = "") -> None:
    """Note whom an answer about a letter tells of, for the access event."""
    seen(request).add(await persons_among(deps.mongo, [letter.key, *ids_in(text)]))
    seen(request).add_resources([dlq.place_of(letter)])


async def _picked(index: LetterIndex, id: str) -> tuple[TopicPartition, DeadLetter]:
    """Return a letter with its partition. Raises a 404 problem."""
    placed = await index.whole(id)
    if placed is None:
        raise Problem(404, "dead-letter-unknown", f"no dead letter has the id {id!r}")
    return placed


def _looking(router: APIRouter, deps: Deps, index: LetterIndex) -> None:
    @router.get("/v1/dead-letters", responses=answers(LetterPage))
    async def list_dead_letters(
        request: Request,
        reader: Annotated[Code | None, Query(description="the consumer group or door that refused")] = None,
        reason: Annotated[Code | None, Query(description="the slug of the reason")] = None,
        redriven: Annotated[bool, Query(description="those too that were sent again")] = False,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        cursor: Annotated[Code | None, Query()] = None,
        caller: Caller = Depends(READ),
    ) -> dict[str, Any]:
        """List dead letters, the newest first, without their contents; of a long detail its beginning."""
        placed = [each for each in await index.listed() if redriven or not each[1].redriven]
        every = [letter for _, letter in placed]
        chosen = [each for each in every if reader in (None, each.reader) and reason in (None, each.reason)]
        answer = page(chosen, every, cursor, limit, index.left_out)
        seen(request).add(await persons_among(deps.mongo, [each["key"] for each in answer["data"]]))
        if answer["data"]:
            seen(request).add_resources(sorted({place.topic for place, _ in placed}))
        return answer

    @router.get("/v1/dead-letters/{id}", responses=answers(Letter, "dead-letter-unknown"))
    async def get_dead_letter(request: Request, id: Code, caller: Caller = Depends(READ)) -> dict[str, Any]:
        """Get a dead letter without its content."""
        _, letter = await _picked(index, id)
        await _shown(deps, request, letter)
        return described(letter)

    @router.get(
        "/v1/dead-letters/{id}/content",
        responses=answers(LetterContent, "dead-letter-unknown", "original-gone", "keys-unusable"),
    )
    async def get_dead_letter_content(request: Request, id: Code, caller: Caller = Depends(LOOK)) -> dict[str, Any]:
        """Get what was refused, decrypted. It may hold personal data: who looked is on record."""
        _, letter = await _picked(index, id)
        try:
            original = await dlq.original(letter, deps.ring)
        except (LostKey, WrongMasterKey) as error:
            raise Problem(503, "keys-unusable", str(error)) from error
        if original is None:
            raise Problem(404, "original-gone", f"the original of {id} is gone with its key, or was too large to keep")
        await _shown(deps, request, letter, original.readable)
        marked = pointed(original.readable, letter.detail)
        return {"readable": original.readable, "marked": marked, "editable": original.editable}


def _redriving(router: APIRouter, deps: Deps, services: Sequence[Service], index: LetterIndex) -> None:
    @router.post(
        "/v1/dead-letters/{id}/redrive",
        responses=answers(Redriven, "dead-letter-unknown", "letter-refused-again", "keys-unusable", *UNREPAIRED),
        max_body_size=MOST_BYTES,
    )
    async def redrive_dead_letter(
        request: Request, id: Code, body: Repair, caller: Caller = Depends(WRITE)
    ) -> dict[str, Any]:
        """Send a dead letter again, repaired or as it is, in the way that fits the consumer that refused it.

        A record that a read model refused is not sent again: the problem's `detail` names the collections to rebuild.
        """
        place, letter = await _picked(index, id)
        await _shown(deps, request, letter, body.content or "")
        try:
            senders = senders_of(letter, await original_of(letter, deps.ring))
            repaired = repaired_bytes(letter, body.content, senders) if body.content is not None else None
            if repaired is not None:
                seen(request).add_resources([f"{dlq.place_of(letter)} repaired"])
            await audited(request, caller, "shown")  # before anything happens
            send = _door(deps, caller, senders)
            redrive = Redrive(deps.settings, services, deps.mongo, deps.ring, send)
            done, detail = await redrive.run(place, letter, repaired)
        except dlq.NoSuchLetter as error:
            done, detail = False, str(error)
        except (LostKey, WrongMasterKey) as error:
            raise Problem(503, "keys-unusable", str(error)) from error
        if not done:
            raise Problem(409, "letter-refused-again", detail)
        return {"id": letter.id, "detail": detail}


def _door(deps: Deps, caller: Caller, senders: Sequence[str]) -> Send:
    """Return what sends bytes through his_adapter's door again, for these senders."""
    own = OpsSettings.of(deps.settings).ops

    async def send(value: bytes) -> tuple[bool, str]:
        if own.signing_key_file is None:
            return False, "CARELOOP_OPS__SIGNING_KEY_FILE is not set, so nothing can pass the door again from here"
        claims: dict[str, Any] = {"senders": list(senders)} if senders else {}
        scopes = ["his-adapter:write"]
        token = mint_token(own.signing_key_file, deps.settings.auth, caller.name, scopes, DOOR_TOKEN, **claims)
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=own.gateway, headers=headers, timeout=30) as http:
            return await asyncio.to_thread(resend, http, value)

    return send
