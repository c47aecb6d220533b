"""What lies open beyond loopback is refused, hop by hop, in sentences that name the setting."""

import asyncio
import ssl
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from deploy.authority import Authority
from deploy.catalogue import load, unstarted
from deploy.local.embedded import free_port, until_open
from deploy.operating.exposed import exposed
from deploy.settings import AllSettings
from services.his_adapter.formats.settings import Mllp
from services.notify.settings import Smtp
from shared.contracts.base import changed
from shared.host.exposure import exposures, warnings
from shared.host.hops import MongoUrl, beyond, hosts, plain
from shared.host.server import Server
from shared.settings import Auth, Hospital, Http, Keys, Mongo
from shared.settings_kafka import Kafka

NOTIFY, HIS, FOLLOWUP = (load(name, unstarted()) for name in ("notify", "his_adapter", "followup"))
KEYS = Keys(master=SecretStr("11" * 32), site=SecretStr("22" * 32))
LINK, CALLBACK = SecretStr("l" * 64), SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
PASSWORD: dict[str, Any] = {"sasl_username": "careloop", "sasl_password": SecretStr("p")}
HERE = AllSettings(keys=KEYS)
SAFE = AllSettings(
    keys=KEYS,
    http_host="0.0.0.0",
    http=Http(cert_file=Path("c.pem"), key_file=Path("k.pem")),
    auth=Auth(jwks_url="https://login.example/keys", link_secret=LINK),
    kafka=Kafka(bootstrap_servers="kafka-1:9093,kafka-2:9093", security_protocol="SASL_SSL", **PASSWORD),
    mongo=Mongo(url="mongodb://careloop:secret@db-1,db-2/?tls=true&replicaSet=rs0"),
    smtp=Smtp(host="relay.example", tls="starttls", callback_secret=CALLBACK),
    mllp=Mllp(host="0.0.0.0", cert_file=Path("c.pem"), key_file=Path("k.pem"), ca_file=Path("ca.pem")),
    endpoints={"his": "mllps://his.example:2575", "wechat": "https://api.mch.weixin.qq.com"},
    hospital=Hospital(public_url="https://care.example"),
)


def test_a_laptop_and_a_protected_cluster_may_start() -> None:
    for settings in (HERE, SAFE):
        assert exposed(settings) == []
        for service in (NOTIFY, HIS, FOLLOWUP):
            assert warnings(settings, service, list(service.uses)) == []


WEAK = (SecretStr("a" * 40), SecretStr("x"))
EVERYBODY = ip_network("::/0")
API, INTAKE, SENDER = ["api"], ["intake"], ["sender"]


@pytest.mark.parametrize(
    ("service", "roles", "change", "words"),
    [
        (NOTIFY, API, {"keys": changed(KEYS, master=SecretStr(""))}, ["CARELOOP_KEYS__MASTER", "careloop keys new"]),
        (NOTIFY, API, {"keys": changed(KEYS, site=SecretStr(""))}, ["CARELOOP_KEYS__SITE", "careloop keys new"]),
        (NOTIFY, SENDER, {"auth": changed(SAFE.auth, link_secret=SecretStr("short"))}, ["CARELOOP_AUTH__LINK_SECRET"]),
        (FOLLOWUP, API, {"auth": changed(SAFE.auth, link_secret=SecretStr(""))}, ["CARELOOP_AUTH__LINK_SECRET"]),
        (FOLLOWUP, API, {"auth": changed(SAFE.auth, former_link_secrets=WEAK)}, ["__FORMER_LINK_SECRETS"]),
        (NOTIFY, API, {"smtp": changed(SAFE.smtp, former_callback_secrets=WEAK)}, ["__FORMER_CALLBACK_SECRETS"]),
        (NOTIFY, API, {"smtp": changed(SAFE.smtp, callback_secret=SecretStr(""))}, ["CARELOOP_SMTP__CALLBACK_SECRET"]),
        (NOTIFY, API, {"smtp": changed(SAFE.smtp, callback_secret=SecretStr("whsec_YWJj"))}, ["24 bytes"]),
        (NOTIFY, API, {"smtp": changed(SAFE.smtp, callback_secret=SecretStr("whsec_%"))}, ["24 bytes"]),
        (NOTIFY, API, {"auth": changed(SAFE.auth, jwks_url=None)}, ["without authentication: set CARELOOP_AUTH"]),
        (NOTIFY, API, {"auth": changed(SAFE.auth, jwks_url="http://login.example/keys")}, ["__JWKS_URL is not https"]),
        (NOTIFY, API, {"http": Http()}, ["CARELOOP_HTTP__CERT_FILE", "CARELOOP_HTTP__BEHIND_TLS_PROXY=true"]),
        (NOTIFY, API, {"kafka": changed(SAFE.kafka, security_protocol="PLAINTEXT")}, ["kafka-1, kafka-2", "SASL_SSL"]),
        (NOTIFY, API, {"kafka": changed(SAFE.kafka, security_protocol="SASL_PLAINTEXT")}, ["by SASL_PLAINTEXT"]),
        (NOTIFY, API, {"kafka": Kafka(bootstrap_servers="k:1", security_protocol="SSL")}, ["nobody says who we are"]),
        (NOTIFY, API, {"mongo": Mongo(url="mongodb://db-1/?tls=true")}, ["CARELOOP_MONGO__URL", "without credentials"]),
        (NOTIFY, API, {"mongo": Mongo(url="mongodb://u:p@db-1/")}, ["without tls=true"]),
        (NOTIFY, API, {"mongo": Mongo(url="mongodb+srv://db-1/")}, ["without credentials"]),
        (NOTIFY, SENDER, {"smtp": changed(SAFE.smtp, tls="none")}, ["relay.example", "CARELOOP_SMTP__TLS"]),
        (NOTIFY, SENDER, {"hospital": Hospital(public_url="http://care.example")}, ["CARELOOP_HOSPITAL__PUBLIC_URL"]),
        (NOTIFY, SENDER, {"hospital": Hospital()}, ["CARELOOP_HOSPITAL__PUBLIC_URL is http://127.0.0.1"]),
        (HIS, INTAKE, {"mllp": Mllp(host="10.0.0.7")}, ["for everybody", "CARELOOP_MLLP__PEERS"]),
        (HIS, INTAKE, {"mllp": changed(SAFE.mllp, ca_file=None, peers=(EVERYBODY,))}, ["for everybody"]),
        (HIS, INTAKE, {"mllp": changed(SAFE.mllp, cert_file=None, key_file=None)}, ["CARELOOP_MLLP__CERT_FILE"]),
        (HIS, SENDER, {"endpoints": {"lab": "mllp://lab.example:2575"}}, ["CARELOOP_ENDPOINTS reaches lab in plain"]),
        (HIS, SENDER, {"endpoints": {"pay": "http://pay.example"}}, ["CARELOOP_ENDPOINTS reaches pay in plain"]),
    ],
)  # fmt: skip
def test_each_thing_that_lies_open_is_one_sentence(
    service: Any, roles: list[str], change: dict[str, Any], words: list[str]
) -> None:
    sentences = exposures(changed(SAFE, **change), service, roles)
    assert all(word in sentences[0] for word in words), sentences
    assert len(sentences) == (2 if words == ["for everybody", "CARELOOP_MLLP__PEERS"] else 1), sentences


@pytest.mark.parametrize(
    ("service", "roles", "change"),
    [
        (NOTIFY, ["decider"], {"smtp": Smtp(host="relay.example"), "hospital": Hospital()}),
        (NOTIFY, SENDER, {"mllp": Mllp(host="0.0.0.0"), "endpoints": {"his": "mllp://his.example:2575"}}),
        (HIS, ["decider", "projector"], {"mllp": Mllp(host="0.0.0.0"), "auth": changed(SAFE.auth, link_secret="")}),
        (HIS, API, {"smtp": Smtp(host="relay.example"), "hospital": Hospital()}),
    ],
)
def test_a_hop_that_these_roles_do_not_have_is_not_counted(
    service: Any, roles: list[str], change: dict[str, Any]
) -> None:
    assert exposures(changed(SAFE, **change), service, roles) == []


def test_everything_wrong_is_said_at_once() -> None:
    bare = AllSettings(
        http_host="::",
        kafka=Kafka(bootstrap_servers="127.0.0.1:9092,[fd00::7]:9092"),
        mongo=Mongo(url="mongodb://db"),
        smtp=Smtp(host="relay.example"),
    )
    sentences = exposures(bare, NOTIFY, ["api", "sender"])
    assert len(sentences) == 10, sentences
    assert [sentence for sentence in sentences if "fd00::7" in sentence and "127.0.0.1" not in sentence]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"kafka": changed(SAFE.kafka, security_protocol="PLAINTEXT")}, "kafka"),
        ({"mongo": Mongo(url="mongodb://db-1/")}, "mongo"),
        ({"smtp": changed(SAFE.smtp, tls="none")}, "smtp"),
        ({"mllp": Mllp(host="0.0.0.0", peers=("10.0.0.0/8",))}, "mllp"),  # type: ignore[arg-type]
        ({"endpoints": {"his": "mllp://his.example:2575"}}, "endpoints"),
    ],
)
def test_what_a_mesh_protects_starts_with_a_warning(change: dict[str, Any], word: str) -> None:
    opened = changed(SAFE, **change)
    [refused] = exposed(opened)
    assert f'CARELOOP_ALLOW_PLAIN=["{word}"]' in refused
    meshed = changed(opened, allow_plain=(word,))
    assert exposed(meshed) == []
    [warned] = {each for one in (NOTIFY, HIS) for each in warnings(meshed, one, ["api", "intake", "sender"])}
    assert warned == f"CARELOOP_ALLOW_PLAIN accepts what is open on the way to: {word}"


def test_no_exception_lets_everybody_speak_mllp_or_call_without_a_token() -> None:
    mesh = ("kafka", "mongo", "smtp", "mllp", "endpoints")
    bare = changed(SAFE, mllp=Mllp(host="0.0.0.0"), auth=changed(SAFE.auth, jwks_url=None), allow_plain=mesh)
    assert len(exposures(bare, HIS, INTAKE)) == 2
    with pytest.raises(ValidationError, match="allow_plain"):
        AllSettings.model_validate({"allow_plain": ["http"]})


def test_behind_a_tls_proxy_http_may_listen_in_plain_and_our_secrets_count_on_loopback_too() -> None:
    assert exposed(changed(SAFE, http=Http(behind_tls_proxy=True))) == []
    proxied = changed(HERE, hospital=Hospital(public_url="https://care.example"))
    assert [sentence.partition(" ")[0] for sentence in exposed(proxied)] == [
        "CARELOOP_AUTH__LINK_SECRET",
        "CARELOOP_SMTP__CALLBACK_SECRET",
    ]


def test_a_log_of_before_goes_on_under_short_keys_with_a_warning() -> None:
    short = changed(SAFE, keys=Keys(master=SecretStr("11" * 16), site=SecretStr("22" * 16)))
    assert exposed(short) == []
    assert [sentence.partition(":")[0] for sentence in warnings(short, NOTIFY, API)] == [
        "CARELOOP_KEYS__MASTER has 16 bytes",
        "CARELOOP_KEYS__SITE has 16 bytes",
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "LocalHost", "::ffff:127.0.0.1"])
def test_this_machine_is_known_by_its_numbers_and_one_name(host: str) -> None:
    assert not beyond(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.1.2.3", "fd00::1", "kafka", "localhost.example", "db.local"])
def test_any_other_name_or_number_may_lead_anywhere(host: str) -> None:
    assert beyond(host)


def test_addresses_are_read_as_their_clients_read_them() -> None:
    assert hosts("a:9092, [::1]:9092,b, SSL://c:1") == ["a", "::1", "b", "c"]
    assert MongoUrl.of("mongodb://%2Ftmp%2Fmongodb-27017.sock/?replicaSet=r").hosts == ["/tmp/mongodb-27017.sock"]
    assert MongoUrl.of("mongodb://u:p%40q@[fd00::1]:27017,b:1/admin?ssl=true") == MongoUrl(["fd00::1", "b"], True, True)
    assert MongoUrl.of("mongodb+srv://c.example/?authMechanism=MONGODB-X509") == MongoUrl(["c.example"], True, True)
    assert not MongoUrl.of("mongodb+srv://c.example/?tls=false").tls
    for loose in ("tlsInsecure", "tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames"):
        assert not MongoUrl.of(f"mongodb://a/?tls=true&{loose}=true").tls
    assert plain("mllp://his:1")
    assert not plain("mllp://[::1]:1")
    assert not plain("mllps://his:1")


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_stands_there_is_read_without_a_crash(host: str, url: str) -> None:
    beyond(host)
    hosts(url)
    MongoUrl.of(f"mongodb://{url}")
    plain(f"{host}://{url}")


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The smallest ASGI app."""
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def test_http_is_served_over_tls_where_a_certificate_is_set(tmp_path: Path) -> None:
    authority, port = Authority(tmp_path, "ours"), free_port()
    pair = authority.issue("us")
    own = changed(HERE, http_port=port, http=Http(cert_file=pair.cert, key_file=pair.key))
    serving = asyncio.create_task(Server(app, own).serve())
    async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=authority.file)) as client:
        await until_open(port, "HTTP")
        assert (await client.get(f"https://127.0.0.1:{port}/")).status_code == 204
        with pytest.raises(httpx.HTTPError):
            await client.get(f"http://127.0.0.1:{port}/")
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


def test_half_of_a_certificate_is_refused() -> None:
    with pytest.raises(ValidationError, match="CARELOOP_HTTP__KEY_FILE"):
        Http(cert_file=Path("c.pem"))
