"""For whom a credential speaks: what comes in another's name is refused in the door's own words, and kept."""

import asyncio
import ssl
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from fastapi import FastAPI

from deploy.authority import Authority
from services.his_adapter.formats import api as taking
from services.his_adapter.formats.cda import intake as cda
from services.his_adapter.formats.common import speaking
from services.his_adapter.formats.fhir import intake as fhir
from services.his_adapter.formats.hl7 import intake
from services.his_adapter.formats.hl7.mllp import END, START
from services.his_adapter.formats.settings import Mllp
from services.his_adapter.settings import HisSettings
from shared import problems
from shared.auth import Verifier
from shared.caller import Caller
from shared.contracts.base import changed
from shared.definitions import Definitions
from shared.settings import Keys
from tests.his_adapter.test_hl7 import NOW
from tests.his_adapter.test_mllp import said_over_tls, serving
from tests.his_adapter.test_soap_door import begins
from tests.his_adapter.test_translate import message
from tests.support.asgi import AsgiAnswer, asked
from tests.support.fhir import patient
from tests.support.tokens import Issuer

HL7 = message()
DOCUMENT = (Path(__file__).parents[2] / "docs/how-to/discharge.cda.xml").read_text().partition("?>")[2]
TICKET = {"queue": "q", "ticket": "1", "number": "100234", "times": {"arrived": "2026-03-09T09:00:00+08:00"}}
JSON = {"content-type": "application/fhir+json"}


class Doors:
    """The doors of an intake: who sent what was stored, and whose letters were kept."""

    def __init__(self, issuer: Issuer, monkeypatch: pytest.MonkeyPatch, required: bool = False) -> None:
        self.stored, self.letters = list[str](), list[tuple[str, str]]()
        self._issuer = issuer
        settings = HisSettings(keys=Keys(site="22" * 32), auth=changed(issuer.auth, senders_required=required))
        definitions, clock = SimpleNamespace(snapshot=Definitions()), lambda: NOW
        self.deps: Any = SimpleNamespace(settings=settings, clock=clock, letters=self, definitions=definitions)
        for module in (intake, fhir, cda, taking):
            monkeypatch.setattr(module, "store", self._store)
        self.app = FastAPI()
        self.app.state.verifier = Verifier(issuer.auth)
        problems.install(self.app)
        self.app.include_router(taking.routes(self.deps))

    async def keep(self, record: Any, refusal: Any, reader: str, whose: tuple[str, ...]) -> None:
        assert record.value
        self.letters.append((reader, refusal.reason))

    async def _store(self, deps: Any, messages: Any, headers: Any) -> None:
        self.stored += [each.sender for each in messages]

    async def ask(self, path: str, body: bytes, method: str = "POST", kind: str = "", **claims: Any) -> AsgiAnswer:
        token = self._issuer.token("his-adapter:write", **claims)
        held = {"authorization": f"Bearer {token}", "content-type": kind or "application/json"}
        return await asked(self.app, path, [body], held, method)

    async def hl7(self, text: str = HL7, **claims: Any) -> str:
        return (await self.ask("/v1/hl7", text.encode(), **claims)).body.decode()

    async def soap(self, inner: str, **claims: Any) -> AsgiAnswer:
        token = self._issuer.token("his-adapter:write", **claims)
        text = f"{begins(token)}<Send><message><![CDATA[{inner}]]></message></Send></s:Body></s:Envelope>"
        return await self.ask("/v1/soap", text.encode(), kind="text/xml", **claims)

    async def fhir(self, **claims: Any) -> AsgiAnswer:
        return await self.ask("/v1/fhir/Patient", orjson.dumps(patient()), **claims)

    async def queue(self, **claims: Any) -> AsgiAnswer:
        return await self.ask("/v1/queue-tickets", orjson.dumps(TICKET), **claims)


@pytest.fixture
def doors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(Issuer(tmp_path), monkeypatch)


@pytest.fixture
def strict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(Issuer(tmp_path), monkeypatch, required=True)


async def test_a_token_that_names_no_senders_speaks_as_it_did(doors: Doors) -> None:
    assert "MSA|AA" in await doors.hl7()
    statuses = [(await doors.fhir()).status, (await doors.queue()).status, (await doors.soap(DOCUMENT)).status]
    assert (statuses, doors.stored, doors.letters) == ([201, 202, 200], ["HIS/CITY", "desk", "desk", "desk"], [])


async def test_what_names_no_sender_is_of_the_one_the_token_speaks_for(doors: Doors) -> None:
    for claims in ({"senders": ["EMR"]}, {"senders": "EMR OTHER", "sub": "EMR"}, {"senders": ["EMR"], "sub": "new"}):
        for ask in (doors.fhir, doors.queue, lambda **fields: doors.soap(DOCUMENT, **fields)):
            assert (await ask(**claims)).status < 300
    assert set(doors.stored) == {"EMR"}


async def test_hl7_in_anothers_name_is_refused_with_its_field_and_never_acknowledged(doors: Doors) -> None:
    answer = await doors.hl7(senders=["LIS/CITY", "HIS"])
    assert ("MSA|AR" in answer, "MSH^1^3" in answer, "does not speak for it" in answer) == (True, True, True)
    by_soap = await doors.soap(HL7, senders=["LIS/CITY"])
    assert (b"MSA|AR" in by_soap.body, b"|AA|" in by_soap.body) == (True, False)
    assert (doors.stored, doors.letters) == ([], [("his-adapter.mllp", "hl7-rejected")] * 2)
    assert "MSA|AA" in await doors.hl7(senders=["LIS/CITY", "HIS/CITY"])


async def test_a_token_whose_claim_is_empty_speaks_for_nobody(doors: Doors) -> None:
    assert "MSA|AR" in await doors.hl7(senders=[])
    answers = [await doors.fhir(senders=""), await doors.queue(senders=[]), await doors.soap(DOCUMENT, senders=[])]
    assert ([each.status for each in answers], doors.stored) == ([403, 403, 403], [])


async def test_each_message_of_a_batch_is_judged_by_its_own_sender(doors: Doors) -> None:
    answer = await doors.hl7(f"{HL7}\r{HL7.replace('|HIS|CITY|', '|LIS|CITY|')}", senders=["HIS/CITY"])
    assert (answer.count("MSA|AA"), answer.count("MSA|AR"), doors.stored) == (1, 1, ["HIS/CITY"])


async def test_where_a_claim_is_wanted_a_token_without_one_is_refused_at_every_door(strict: Doors) -> None:
    deleted = await strict.ask("/v1/fhir/Encounter/5", b"", "DELETE")
    assert ("MSA|AR" in await strict.hl7(), deleted.status) == (True, 403)
    for answer in (await strict.fhir(), await strict.queue(), await strict.soap(DOCUMENT)):
        assert (answer.status, b"senders" in answer.body) == (403, True)
    assert strict.stored == []
    assert sorted(reader for reader, _ in strict.letters) == [
        "his-adapter.fhir",
        "his-adapter.fhir",
        "his-adapter.mllp",
        "his-adapter.queue",
        "his-adapter.soap",
    ]
    assert "MSA|AA" in await strict.hl7(senders=["HIS/CITY"])
    assert (await strict.fhir(senders=["EMR"])).status == 201


async def test_a_token_for_several_senders_cannot_say_which_of_them_a_resource_is_of(doors: Doors) -> None:
    answer = await doors.fhir(senders=["EMR", "LIS"])
    [issue] = orjson.loads(answer.body)["issue"]
    assert (answer.status, issue["code"], "EMR, LIS" in issue["diagnostics"]) == (403, "forbidden", True)
    assert b"faultstring" in (await doors.soap(DOCUMENT, senders=["EMR", "LIS"])).body


async def test_a_client_of_mllp_speaks_for_whom_its_certificate_is_listed_for(tmp_path: Path) -> None:
    authority, senders_heard = Authority(tmp_path, "ours"), list[frozenset[str]]()
    pair = authority.issue("server")

    async def answer(raw: bytes, senders: frozenset[str]) -> bytes:
        await asyncio.sleep(0)
        senders_heard.append(senders)
        return b"ACK"

    files = {"cert_file": pair.cert, "key_file": pair.key, "ca_file": authority.file}
    async with serving(answer, **files, senders={"his.city": ["HIS/CITY"]}) as port:
        for name in ("his.city", "lis.city"):
            client = authority.issue(name)
            context = ssl.create_default_context(cafile=str(authority.file))
            context.load_cert_chain(client.cert, client.key)
            assert await said_over_tls(port, START + b"hello" + END, context) == START + b"ACK" + END
    assert senders_heard == [{"HIS/CITY"}, frozenset()]


def test_senders_of_mllp_need_certificates() -> None:
    with pytest.raises(ValueError, match="CARELOOP_MLLP__CA_FILE"):
        Mllp(senders={"his.city": frozenset({"HIS/CITY"})})


def test_a_name_is_a_name_and_no_pattern() -> None:
    caller = Caller.of({"sub": "x", "senders": "HIS/* LIS"})
    assert [speaking.may_speak(name, caller.senders) for name in ("HIS/CITY", "LIS/CITY", "LIS", "HIS/*")] == [
        False,
        False,
        True,
        True,
    ]
