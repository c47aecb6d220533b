"""Events, tokens, keys, signatures, bills, phones, conditions, templates and definitions, damaged."""

import base64
import json
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from deploy.catalogue import load_all, unstarted
from deploy.publishing.definition_store import BadDefinition, read_files
from services.contacts.identifying.citizens import citizen
from services.his_adapter.payments.commands import HearPlatform
from services.his_adapter.payments.signing import NotGenuine, Signer
from services.his_adapter.payments.statement import PlatformTrouble, lines
from services.his_adapter.payments.wechat import refunding, transaction
from services.notify.definitions import Template, TemplateText
from services.notify.rendering import CannotRender, render
from services.notify.texts import wrong_with
from shared.auth import Verifier
from shared.codec import Codec, Encoded, Refusal
from shared.envelope import Envelope
from shared.jwks import parsed_keys
from shared.keystore import LocalKeyStore
from shared.links import LinkInvalid, open_link, sign_link
from shared.positions import vector
from shared.problems import Problem
from shared.readmodel import TimeOrder, _beyond, after
from shared.rules import BadRule, holds
from shared.sealing import KeyRing
from shared.settings import Secrets
from shared.webhooks import SignatureInvalid, sign, verify
from tests.fuzz import sample
from tests.fuzz.texts import KEYS, TODAY
from tests.support.fhir import NOW
from tests.support.mutations import damaged
from tests.support.nasty import TEXTS
from tests.support.tokens import Issuer

load_all(unstarted())
LINK = Secrets("s" * 32)
WORDS = st.sampled_from(TEXTS) | st.text(max_size=40)
TOUCH = {
    "touchpoint_id": "t",
    "identifiers": [{"system": "phone", "value": "13800138000"}],
    "channel": "phone",
    "direction": "inbound",
    "summary": "x",
}
EVENT = {
    "specversion": "1.0",
    "id": "a",
    "source": "/pbx",
    "type": "careloop.contacts.touchpoint_reported.v1",
    "time": "2026-03-09T10:00:00+08:00",
    "authtype": "user",
    "authid": "x",
    "sequence": 1,
    "keyid": "",
    "data": TOUCH,
}


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


@sample
@given(event=damaged(EVENT, st.sampled_from([{"sealed": "x"}, {"sealed": {}}, 2**70, "0001-01-01T00:00:00+14:00"])))
async def test_a_damaged_event_is_refused_or_written_again(
    event: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    codec = Codec(KeyRing(LocalKeyStore(tmp_path_factory.getbasetemp() / "fuzz.sqlite"), b"m" * 32, ttl=0))
    headers = [(f"ce_{name}", dumped(value)[:99]) for name, value in event.items()] if isinstance(event, dict) else []
    for value, carried in ((dumped(event), ()), (dumped(TOUCH), headers)):
        [decoded] = await codec.decode([Encoded(value, carried)], strict=True)
        assert isinstance(decoded, Refusal | Envelope)
        if isinstance(decoded, Envelope):
            await codec.encode([decoded])


CLAIMS = {
    "sub": "a",
    "scope": "contacts:read",
    "act": {"sub": "b"},
    "iat": 1,
    "exp": 1 << 40,
    "roles": ["a"],
    "kid": "k",
}


@cache
def issuing(folder: Path) -> Issuer:
    return Issuer(folder)


@sample
@given(token=WORDS, claims=damaged(CLAIMS), header=damaged({"alg": "EdDSA", "typ": "JWT", "kid": "a"}))
async def test_a_damaged_token_names_nobody(
    token: str, claims: Any, header: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    issuer = issuing(tmp_path_factory.getbasetemp())
    encoded = [base64.urlsafe_b64encode(dumped(part)).decode().rstrip("=") for part in (header, claims)]
    token = token.encode(errors="replace").decode("latin-1")
    for each in (token, ".".join([*encoded, "AA"]), f"{token}.{token}.{token}"):
        with pytest.raises(jwt.PyJWTError):
            await Verifier(issuer.auth).caller(each)
        with pytest.raises(LinkInvalid):
            open_link(LINK, "survey", each, NOW)
    odd = {name: value for name, value in claims.items() if isinstance(name, str)} if isinstance(claims, dict) else {}
    try:  # what the provider itself signs may be odd, too
        signed = issuer.token(**{"iss": issuer.auth.issuer, "scopes": "", **odd})
    except (TypeError, ValueError):  # no JWT at all
        return
    with suppress(jwt.PyJWTError):
        assert await Verifier(issuer.auth).caller(signed)


def test_a_link_is_opened_for_its_purpose_alone() -> None:
    assert open_link(LINK, "survey", sign_link(LINK, "survey", "t", NOW), NOW) == "t"


KEY = {"kty": "RSA", "kid": "a", "use": "sig", "n": "_" * 342, "e": "AQAB", "crv": "P-256", "x": "AQ", "y": "AQ"}


@sample
@given(damaged({"keys": [KEY, {**KEY, "kty": "EC"}, {**KEY, "kty": "OKP", "crv": "Ed25519"}]}) | WORDS)
def test_a_damaged_key_set_has_fewer_keys_or_is_none(keys: Any) -> None:
    with suppress(ValueError, jwt.PyJWTError):
        parsed_keys(dumped(keys).decode())


@sample
@given(st.dictionaries(st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]), WORDS), st.binary())
def test_damaged_headers_sign_nothing(headers: dict[str, str], body: bytes) -> None:
    headers = {**sign("whsec_AAAA", "a", body), "webhook-signature": "v1,AAAA", **headers}
    with suppress(SignatureInvalid):
        verify(
            Secrets("whsec_AAAA"), {n: v.encode(errors="replace").decode("latin-1") for n, v in headers.items()}, body
        )


RESOURCE = {"ciphertext": "AAAA", "nonce": "0" * 12, "associated_data": "x", "algorithm": "AEAD_AES_256_GCM"}
TRADE = {
    "out_trade_no": "p",
    "transaction_id": "t",
    "trade_state": "SUCCESS",
    "success_time": "2026-03-09T10:00:00+08:00",
    "amount": {"total": 1, "refund": 1},
    "refund_status": "SUCCESS",
    "out_refund_no": "r",
}


@sample
@given(damaged({"id": "a", "resource": RESOURCE}), damaged(TRADE))
def test_a_damaged_notification_is_not_opened_and_a_damaged_trade_no_command(body: Any, trade: Any) -> None:
    signer = Signer(None, None, None, b"s" * 32)  # type: ignore[arg-type]
    for raw in (dumped(body), dumped([body])):
        with pytest.raises(NotGenuine):
            signer.opened(raw)
    for read in (transaction, refunding):
        with suppress(KeyError, ValidationError):
            HearPlatform(id="c", at=NOW, told_by="notification", payment_id=trade["out_trade_no"], **read(trade))


HEAD = "交易时间,微信订单号,商户订单号,交易状态,订单金额,商户退款单号,退款金额,退款状态"
BILL = (
    f"\ufeff{HEAD}\r\n`t,`w1,`p1,`SUCCESS,`5.00,`0,`0.00,`\r\n"
    "`t,`w2,`p2,`REFUND,`5.00,`r,`2.50,`SUCCESS\r\n总交易单数,x\r\n`2,`x"
)
MARKS = st.sampled_from(["`", ",`", ",", "\n", "\r\n", "NaN", "1e999", "Infinity", "-", "９", "", "王", "_1"])
EDITS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 6), MARKS), max_size=6)


@sample
@given(EDITS)
def test_a_damaged_bill_is_read_in_amounts_or_not_at_all(edits: list[tuple[float, int, str]]) -> None:
    text = BILL
    for place, length, mark in edits:
        at = int(place * len(text))
        text = text[:at] + mark + text[at + length :]
    with suppress(PlatformTrouble):
        assert all(line.amount.is_finite() for line in lines(text))


@sample
@given(WORDS, WORDS)
def test_whatever_somebody_is_known_by_is_a_key_or_none(system: str, value: str) -> None:
    for text in (value, f"138 0013 8000 {value}", f"{value}/01062345678-{value}", value * 3):
        clean = text.encode(errors="replace").decode()
        KEYS.searched(system.encode(errors="replace").decode(), clean, TODAY)
        for kind in ("phone", "email", "NNCHN:A", "MRN:A"):
            KEYS.searched(kind, clean, TODAY)
        KEYS.name(clean)
        citizen(clean, TODAY)


NEWEST = TimeOrder("received")


@sample
@given(WORDS)
def test_a_word_we_did_not_give_out_is_refused_as_such(word: str) -> None:
    coded = base64.urlsafe_b64encode(word.encode(errors="replace")).decode()
    for read in (vector, after, lambda word: _beyond(word, NEWEST), lambda word: _beyond(after(word), NEWEST)):
        for each in (word, coded):
            with suppress(Problem):
                read(each)


CEL = "x y.z 1 'a' ( ) [ ] { } , : ? ! - + * / % && || == != < > in .all( .exists( .map( .size() a .matches( null true"
JINJA = (
    "{{ }} {% %} {# #} name if else endif for in endfor set = ~ + * ( ) | upper join replace 'a' 1 . [ ] range macro"
)
PARTS, TAGS = st.sampled_from(CEL.split()), st.sampled_from(JINJA.split())


@sample
@given(st.lists(PARTS, max_size=12).map(" ".join) | WORDS)
def test_a_condition_is_told_or_refused(expression: str) -> None:
    with suppress(BadRule):
        assert holds(expression, {"x": [1, 2], "y": {"z": "a"}}) in (True, False)


@sample
@given(st.lists(TAGS, max_size=12).map(" ".join) | WORDS)
def test_a_template_is_rendered_or_refused(source: str) -> None:
    try:
        text = TemplateText(subject="s", body=source)
    except ValidationError:
        return
    if not list(wrong_with(source, {}, "is not given")):
        render(Template(id="t", version=1, texts={"en": text}), "en", {"name": "", "hospital": "x"})
    with suppress(CannotRender):
        render(Template(id="t", version=1, texts={"en": text}), "en", {"name": "x"})


DEFINITIONS = [
    document
    for file in sorted((Path(__file__).parents[2] / "deploy/local/definitions").glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text())
]


@sample
@given(
    definition=st.sampled_from(DEFINITIONS).flatmap(
        lambda one: damaged(one, st.sampled_from([2**70, "²", "0:0", "a/b"]))
    ),
    edits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(list("&*!:-[]{}#|>'\"%@\t\n 0"))), max_size=5
    ),
)
def test_a_damaged_definition_is_refused_or_read(
    definition: Any, edits: list[tuple[float, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    text = yaml.safe_dump(definition, allow_unicode=True)
    file = tmp_path_factory.getbasetemp() / "one.yaml"
    for place, mark in [(0.0, ""), *edits]:
        at = int(place * len(text))
        text = text[:at] + mark + text[at:]
        file.write_bytes(text.encode(errors="surrogatepass"))
        with suppress(BadDefinition):
            read_files([file])
