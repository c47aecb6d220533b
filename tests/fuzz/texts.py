"""What people and programs write in small: phones, names, tokens, conditions, templates, definitions."""

import asyncio
import base64
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import jwt

from deploy.publishing.definition_store import BadDefinition, read_files
from services.contacts.identifying.definitions import Identity
from services.contacts.identifying.names import words_of
from services.contacts.registry.identifiers import IdentityKeys
from services.his_adapter.payments.statement import PlatformTrouble, lines
from services.notify.channels.email import _ONE_ADDRESS
from services.notify.texts import wrong_with
from shared.codec import Codec, Encoded, Refusal
from shared.jwks import parsed_keys
from shared.positions import vector
from shared.problems import Problem
from shared.readmodel import after
from shared.rules import BadRule, holds
from tests.fuzz import SMALL

KEYS = IdentityKeys(b"k" * 32, Identity(id="default", version=1, area_code="010"))
TODAY = date(2026, 3, 9)


def some(begin: str, again: str, end: str = "", size: int = SMALL) -> str:
    """A text as large as a request body may be, filled by repeating `again`."""
    return begin + again * ((size - len(begin) - len(end)) // len(again)) + end


WORDS = {
    repr((begin, again, end)): partial(some, begin, again, end)
    for begin, again, end in [
        ("1", " ", "1"),
        ("1", "\u3000", "1"),
        ("1#", " ", "a"),
        ("", "1 ", ""),
        ("1111111", "-", "a"),
        ("", "1(", ""),
        ("", "x1", ""),
        ("", "转1", ""),
        ("1.1", " ", "1"),
        ("", "1.1e", ""),
        ("", "ﷺ王", ""),
        ("", "\u0301", ""),
        ("", "王·", ""),
        ("a@", ".", "@"),
        ("", "a@", ""),
        ("", "a.", "@"),
        ("", "*", ""),
        ("", "婴儿", ""),
    ]
}


def identified(text: str) -> int:
    """Normalise the text as a phone, an email, a national number and a name."""
    systems = ("phone", "email", "NNCHN:A")
    searched = [KEYS.searched(system, text, TODAY) for system in systems]
    return len(searched) + len(KEYS.name(text)) + len(words_of(text)) + bool(_ONE_ADDRESS.match(text))


def nested(unit: str, end: str, closing: str, count: int) -> str:
    """`count` units nested in each other."""
    return unit * count + end + closing * count


CONDITIONS = {
    "parentheses": partial(nested, "(", "1", ")", 20_000),
    "lists": partial(nested, "[", "", "]", 20_000),
    "negations": partial(nested, "!", "true", "", 50_000),
    "sums of lists": partial(some, "", "[1]+", "[1]==[1]"),
    "fields": partial(some, "x", ".a", "==1"),
    "indices": partial(some, "x", "[0]", "==1"),
    "sums of lists that are short enough": partial(some, "", "[1]+", "[1]==[1]", 9_999),
    "fields that are short enough": partial(some, "x", ".a", "==1", 9_999),
    "macros in each other": lambda: "x.all(a,x.all(b,x.all(c,x.all(d,x.all(e,true)))))",
    "macros that are few enough": lambda: "x.all(a,x.exists(b,'x.all(x.all(x.all(' != 'y'))",
    "digits": partial(some, "", "9", "==1"),
    "a pattern": lambda: f"'{'a' * 40}!'.matches('(a+)+$')",
}


def decided(text: str) -> str:
    """Evaluate the text as the condition of a plan."""
    try:
        return str(holds(text, {"x": list(range(100))}))
    except BadRule as error:
        return str(error)[:100]


TEMPLATES = {
    "powers": lambda: "{{ 9**9**9**9 }}",
    "products": lambda: "{{ 'x' * 10**10 }}",
    "loops in loops": lambda: "{% for a in range(9999) %}" * 3 + "{% endfor %}" * 3,
    "numbers": lambda: "{% for a in range(99999) %}{{ a }}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "macros": lambda: "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(40) }}",
    "a wide word": lambda: "{{ 'x'|center(10**10) }}",
    "a wide number": lambda: "{{ '%9999999999d'|format(1) }}{{ '%9999999999d' % 1 }}",
    "a justified word": lambda: "{{ 'x'.ljust(9999999999) }}",
    "doubling": lambda: "{% set a = 'xx' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "replacing": lambda: "{{ 'x'" + "|replace('x', 'xxxxxxxx')" * 12 + " }}",
    "remembering": lambda: "{% set n = namespace(a='xx') %}" + "{% set n.a = n.a ~ n.a %}" * 40,
    "nonsense": lambda: "{{ lipsum(100000) }}",
    "recursion": lambda: "{% for a in [[1]] recursive %}{{ loop(a) }}{{ loop(a) }}{% endfor %}",
    "parentheses": lambda: "{{ " + nested("(", "1", ")", 3_000) + " }}",
    "conditions": lambda: nested("{% if 1 %}", "", "{% endif %}", 1_000),
    "a text": partial(some, "", "{{ name }}", "", 1 << 18),
}


def written(text: str) -> str:
    """The first problem of the text as a template."""
    try:
        problems = list(wrong_with(text, {}, "is not given"))
    except RecursionError as error:  # the validator of the definition words it
        problems = [str(error)]
    assert problems
    return problems[0][:100]


def bomb() -> str:
    """A YAML document that grows tenfold with each of nine levels of aliases."""
    rows = [f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]" for n in range(9)]
    return "\n".join(["a: &a [x, x]", *rows, "kind: *j"])


FILES = {
    "aliases of aliases": bomb,
    "an alias of itself": lambda: "kind: &a [*a]",
    "lists in lists": partial(nested, "[", "", "]", 20_000),
    "objects in objects": partial(nested, "{a: ", "1", "}", 20_000),
    "digits": partial(some, "kind: ", "9"),
    "numbers by 60": partial(some, "kind: ", "59:", "59"),
    "half a character": lambda: 'kind: template\nid: a\nversion: 1\ntexts: {zh: {subject: "\\ud800", body: b}}',
    "words that are no boolean": lambda: "kind: !!bool x",
    "a day that is none": lambda: "kind: 2026-99-99",
    "a kind": partial(some, "kind: ", "a"),
}


def applied(text: str) -> str:
    """How many definitions the text gives as a file, or why it is refused."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "a.yaml")
        file.write_text(text)
        try:
            return f"{len(read_files([file]))} definitions"
        except BadDefinition as error:
            return str(error)[-100:]


def b64(raw: bytes) -> str:
    """Base64url without padding, as in a JWT."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


OTHERS = {
    "lists in lists": partial(nested, "[", "", "]", SMALL // 2),
    "objects in objects": partial(nested, '{"a":', "1", "}", SMALL // 7),
    "lists that are shallow enough to be read": partial(nested, "[", "", "]", 1_000),
    "digits": partial(some, "", "9"),
    "backticks": partial(some, "交易状态\n`", ",`"),
    "lines": partial(some, "交易状态\n", "`\n"),
    "a key of a million bits": lambda: f'{{"keys":[{{"kty":"RSA","kid":"a","e":"AQAB","n":"{"_" * 900_000}"}}]}}',
    "keys": lambda: f'{{"keys":[{",".join(["{}"] * 20_000)}]}}',
}


def parsed(text: str) -> str:
    """Give the text to every other parser of short inputs: positions, tokens, keys, bills, events."""
    for word in (text, b64(text.encode())):
        for read, refusals in (
            (vector, (Problem,)),
            (after, (Problem,)),
            (jwt.get_unverified_header, (jwt.PyJWTError,)),
            (parsed_keys, (ValueError, jwt.PyJWTError)),
            (lambda word: list(lines(word)), (PlatformTrouble,)),
        ):
            with suppress(*refusals):
                read(word)  # type: ignore[operator]
    event = '{"specversion":"1.0","id":"a","source":"b","type":"careloop.contacts.touchpoint_reported.v1","data":'
    codec: Any = Codec(SimpleNamespace(load=_none))  # type: ignore[arg-type]
    for raw in (text, event + text + "}"):
        [refusal] = asyncio.run(codec.decode([Encoded(raw.encode())], None, strict=True))
        assert isinstance(refusal, Refusal)
    return "refused"


async def _none(ids: set[str], ask: bool = False) -> dict[str, Any]:
    return {}
