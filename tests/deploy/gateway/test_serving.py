"""The gateway as a process of its own: where services are, what patients reach, when it does not start."""

from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from console.serving import faults as console_faults
from console.settings import Console, ConsoleSettings
from deploy.catalogue import SERVICE_NAMES
from deploy.gateway import serving
from deploy.gateway.app import build
from deploy.gateway.patients import for_patients
from deploy.gateway.settings import Gateway, GatewaySettings
from deploy.local.embedded import free_port
from shared.host.openings import not_accepted
from shared.settings import Http
from shared.settings_kafka import Kafka

BEHIND = Http(behind_tls_proxy=True)
SAFE_KAFKA = Kafka(
    bootstrap_servers="kafka:9092",
    security_protocol="SASL_SSL",
    sasl_username="careloop",
    sasl_password=SecretStr("p"),
)
SAFE = GatewaySettings(http_host="0.0.0.0", http=BEHIND)
SAFE_CONSOLE = ConsoleSettings(
    http_host="0.0.0.0", http=BEHIND, kafka=SAFE_KAFKA, console=Console(gateway="https://gateway:8080")
)


def test_each_service_is_at_the_name_of_its_process() -> None:
    backends = serving.backends_of(GatewaySettings())
    assert backends.api_of("contacts", "/v1/persons/1/360") == "https://contacts-api:8080"
    assert backends.api_of("his_adapter", "/v1/hl7") == "https://his-adapter-intake:8080"
    assert {service for service, role in backends.apis if role == "api"} == {*SERVICE_NAMES, "ops"}
    assert backends.console == "https://console:8080"


def test_the_gateway_of_patients_knows_neither_console_nor_operations() -> None:
    backends = serving.backends_of(GatewaySettings(gateway=Gateway(patients=True, address="http://{process}.crm:80")))
    assert backends.console is None
    assert backends.apis["contacts", "api"] == "http://contacts-api.crm:80"
    assert ("ops", "api") not in backends.apis


@pytest.mark.parametrize(
    ("method", "path", "passes"),
    [
        ("GET", "/followup/s/abc.def", True),
        ("HEAD", "/followup/s/abc.def", True),
        ("POST", "/followup/s/abc.def", True),
        ("POST", "/notify/v1/receipts/email", True),
        ("POST", "/his/v1/payments/notifications/wechat", True),
        ("DELETE", "/followup/s/abc.def", False),
        ("GET", "/followup/s/a%2F..%2Finternal/status", False),
        ("GET", "/followup/internal/status", False),
        ("GET", "/followup/health/ready", False),
        ("GET", "/contacts/v1/persons/1/360", False),
        ("POST", "/his/v1/hl7", False),
        ("GET", "/", False),
    ],
)
async def test_patients_reach_what_is_signed_and_nothing_else(method: str, path: str, passes: bool) -> None:
    backends = serving.backends_of(GatewaySettings(gateway=Gateway(patients=True)))
    await backends.client.aclose()
    backends.client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, stream=httpx.ByteStream(b"passed on")))
    )
    app = build(backends, near=False, passes=for_patients())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.request(method, path)
    assert (answer.status_code, "contacts" in answer.text) == (200 if passes else 404, False)


async def test_health_is_answered_under_an_address() -> None:
    app = build(serving.backends_of(SAFE), near=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://10.1.2.3:8080") as client:
        assert (await client.get("/health/live")).json() == {"status": "live"}
        assert (await client.get("/health/ready")).json() == {"status": "ready", "waiting_for": []}
        assert (await client.get("/contacts/v1/persons")).status_code == 421


def sentences(settings: GatewaySettings | ConsoleSettings) -> list[str]:
    faults = serving.faults(settings) if isinstance(settings, GatewaySettings) else console_faults(settings)
    return not_accepted(settings, faults)


def test_what_is_protected_starts() -> None:
    assert [sentences(each) for each in (SAFE, SAFE_CONSOLE, GatewaySettings(), ConsoleSettings())] == [[]] * 4


@pytest.mark.parametrize(
    ("settings", "setting"),
    [
        (GatewaySettings(http_host="0.0.0.0"), "CARELOOP_HTTP__CERT_FILE"),
        (GatewaySettings(gateway=Gateway(address="http://{process}:8080")), "CARELOOP_GATEWAY__ADDRESS"),
        (ConsoleSettings(http_host="0.0.0.0"), "CARELOOP_HTTP__CERT_FILE"),
        (ConsoleSettings(console=Console(gateway="http://gateway:8080")), "CARELOOP_CONSOLE__GATEWAY"),
        (ConsoleSettings(kafka=Kafka(bootstrap_servers="kafka:9092")), "CARELOOP_KAFKA__SECURITY_PROTOCOL"),
    ],
)
def test_what_lies_open_is_one_sentence_that_names_its_setting(
    settings: GatewaySettings | ConsoleSettings, setting: str
) -> None:
    [sentence] = sentences(settings)
    assert setting in sentence


@pytest.mark.parametrize("hops", [("services",), ("services", "smtp")])
def test_what_a_mesh_protects_may_be_plain(hops: tuple[str, ...]) -> None:
    """One list serves all processes of an installation, so it may name hops that others have."""
    plain = Gateway(address="http://{process}:8080")
    assert sentences(GatewaySettings(gateway=plain, allow_plain=hops)) == []


def test_a_certificate_that_is_not_there_ends_it_with_an_error(tmp_path: Path) -> None:
    http = Http(cert_file=tmp_path / "none.pem", key_file=tmp_path / "none.key")
    with pytest.raises(FileNotFoundError):
        serving.main(GatewaySettings(http=http, http_port=free_port()))
