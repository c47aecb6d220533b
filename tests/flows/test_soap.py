"""A WebService client that others wrote (zeep) reads our WSDL and delivers documents and messages."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import zeep
from zeep.wsse.username import UsernameToken

from deploy.catalogue import scopes
from deploy.cli.context import context
from deploy.demo.director import Director
from deploy.local.system import System
from services.his_adapter.formats.cda.xml import attribute, parse, text_at
from tests.conftest import SHANGHAI
from tests.flows.test_hospital import timeline_types
from tests.flows.test_redrive import dlq
from tests.support.systems import Patient

SAMPLE = (Path(__file__).parents[2] / "docs" / "how-to" / "discharge.cda.xml").read_text()


def summary(who: Patient, director: Director) -> str:
    """The discharge of somebody, today."""
    today = f"{director.clock().astimezone(SHANGHAI):%Y%m%d}"
    phone = f"139{int(who.mrn, 16) % 10**8:08d}"
    told_ = SAMPLE.replace("100777", who.mrn).replace("ZY20260309007", f"ZY{who.mrn}").replace("20260312", today)
    told_ = told_.replace("110105195604120027", f"NN{who.mrn}").replace("13900139007", phone)
    return told_.replace("CXXJ-" + today, f"CXXJ-{who.mrn}")


def client(system: System, port: str = "HIPServiceSoap", token: str = "") -> Any:
    """A client made from the WSDL the system serves."""
    held = token or context(system.options.data_dir).token(scopes(), timedelta(hours=1))
    wsse = UsernameToken("emr", held)
    soap_client = zeep.Client(f"{system.options.url}/his/v1/soap?wsdl", wsse=wsse, port_name=port)
    return soap_client.service


async def test_a_document_and_a_message_are_delivered_in_both_versions_of_soap(
    system: System, director: Director
) -> None:
    one, two = Patient.new(), Patient.new()

    def deliver() -> list[str]:
        first = client(system).HIPMessageServer("DischargeSummary", summary(one, director))
        hl7 = two.says("ADT^A01", "SOAP", director.clock())
        return [first, client(system, "HIPServiceSoap12").HIPMessageServer("ADT", hl7)]

    document, message = await asyncio.to_thread(deliver)
    assert attribute(parse(document), "acknowledgement", "typeCode") == "AA"
    assert f"MSA|AA|SOAP-{two.mrn}" in message
    assert {"patient_admitted", "patient_discharged", "diagnosis_recorded", "procedure_recorded"} <= set(
        await timeline_types(director, one)
    )
    assert "patient_admitted" in await timeline_types(director, two)


async def test_the_same_stay_told_twice_is_one_and_a_newer_version_counts(system: System, director: Director) -> None:
    who = Patient.new()
    text = summary(who, director)
    later = text.replace('versionNumber value="1"', 'versionNumber value="2"').replace("153000", "160000", 1)
    for each in (text, text, later):
        answer = (await director.careloop.his_adapter.call_soap(soap(each))).decode()
        assert 'typeCode="AA"' in answer.replace("&quot;", '"').replace("&lt;", "<"), answer
    shown = await timeline_types(director, who)
    assert [shown.count(kind) for kind in ("patient_admitted", "patient_discharged")] == [1, 1]


def soap(text: str) -> bytes:
    inner = text.split("?>", 1)[1]
    head = "http://schemas.xmlsoap.org/soap/envelope/"
    return f'<e:Envelope xmlns:e="{head}"><e:Body>{inner}</e:Body></e:Envelope>'.encode()


async def test_a_bad_document_is_answered_with_its_place_repaired_and_redriven(
    system: System, director: Director, tmp_path: Path
) -> None:
    who = Patient.new()
    whole = summary(who, director)
    broken = whole.replace("<effectiveTime value", "<effectiveTime was", 1)
    answer = (await director.careloop.his_adapter.call_soap(soap(broken))).decode()
    ack = parse(text_at(parse(answer), "Body"))
    assert attribute(ack, "acknowledgement", "typeCode") == "AE"
    assert "effectiveTime" in text_at(ack, "acknowledgement")
    _, letters = await dlq(system, "list")
    [id] = [row["id"] for row in letters if who.mrn in row["about"]]
    assert (await dlq(system, "redrive", id))[0] == 1
    file = tmp_path / "repaired.xml"
    file.write_text(whole)
    code, result = await dlq(system, "redrive", id, "--file", str(file))
    assert (code, result["redriven"]) == (0, True), result
    assert "patient_discharged" in await timeline_types(director, who)


async def test_who_has_no_token_or_sends_nothing_gets_a_fault(system: System, director: Director) -> None:
    async with httpx.AsyncClient(base_url=system.options.url) as stranger:
        answer = await stranger.post("/his/v1/soap", content=soap(SAMPLE))
        assert (answer.status_code, "faultstring" in answer.text) == (401, True)
    for body in (b"", b"<a/>", soap(SAMPLE.split("<ClinicalDocument")[0] + "?><nothing/>")):
        answer = await director.http.post("/his/v1/soap", content=body)
        assert (answer.status_code, "faultstring" in answer.text) == (500, True)
