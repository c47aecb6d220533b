"""Unique values to plant in test data, and all encodings in which one of them may turn up where it must not."""

import base64
import hashlib
import json
import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote

Kind = Literal[
    "account",
    "address",
    "email",
    "fhir-id",
    "mrn",
    "name",
    "national-id",
    "phone",
    "subject",
    "text",
    "visit",
]
MIN_BYTES = 6
"""Minimum length of a value in bytes; shorter ones occur anywhere by chance."""
_HAN = (0x4E00, 0x9FA5)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class PlantedValue:
    """A unique personal value; `story` names the test scene that sent it."""

    story: str
    kind: Kind
    value: str

    def spellings(self) -> Iterator[tuple[str, bytes]]:
        """The encodings of the value as bytes, with their names; ASCII letters in lower case."""
        for name, plain in self._encoded():
            if len(plain) >= MIN_BYTES:
                yield name, plain.lower()
                yield f"hex of {name}", plain.hex().encode()
        yield "percent-encoded", quote(self.value, safe="").lower().encode()
        yield "JSON escapes", json.dumps(self.value)[1:-1].lower().encode()
        for written in {self.value, self.value.lower(), self.value.upper()}:
            for name, digest in _digests(written.encode()):
                yield name, digest.hex()[:16].encode()

    def in_base64(self) -> Iterator[tuple[str, bytes]]:
        """The value as it appears in the base64 text of something longer, at each of the three offsets."""
        for name, plain in self._encoded():
            for before in range(3):
                whole, begins, ends = bytes(before) + plain, before * 8, (before + len(plain)) * 8
                inner = base64.b64encode(whole)[-(-begins // 6) : ends // 6]
                if len(inner) > MIN_BYTES:
                    yield f"base64 of {name}", inner
                    yield f"base64url of {name}", inner.translate(bytes.maketrans(b"+/", b"-_"))
        for name, digest in _digests(self.value.encode()):
            yield f"base64 of {name}", base64.b64encode(digest)[:16]
            yield f"bytes of {name}", digest[:12]

    def _encoded(self) -> Iterator[tuple[str, bytes]]:
        yield "UTF-8", self.value.encode()
        yield "UTF-16", self.value.encode("utf-16-le")
        yield "UTF-16 (big end first)", self.value.encode("utf-16-be")
        yield "GB 18030", self.value.encode("gb18030")


def _digests(clear: bytes) -> Iterator[tuple[str, bytes]]:
    for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
        yield name, hashlib.new(name, clear).digest()
    yield "blake2b of 16 bytes", hashlib.blake2b(clear, digest_size=16).digest()
    yield "CRC-32, twice", zlib.crc32(clear).to_bytes(4) * 2


@dataclass(slots=True)
class PlantedValues:
    """Creates and remembers the values of all scenes."""

    all: list[PlantedValue] = field(default_factory=list)

    def of(self, story: str, kind: Kind, value: str) -> str:
        """Remember a value and return it."""
        self.all.append(PlantedValue(story, kind, value))
        return value

    def word(self, story: str, kind: Kind = "text") -> str:
        """A unique text of letters and digits."""
        return self.of(story, kind, f"Zq{secrets.token_hex(6)}")

    def phone(self, story: str) -> str:
        """A unique mobile number."""
        return self.of(story, "phone", f"13{secrets.randbelow(10**9):09d}")

    def email(self, story: str) -> str:
        """A unique mail address."""
        return self.of(story, "email", f"zq{secrets.token_hex(6)}@mail.example")

    def han(self, story: str, kind: Kind, letters: int) -> str:
        """A unique text of rare Chinese characters."""
        return self.of(
            story, kind, "".join(chr(_HAN[0] + secrets.randbelow(_HAN[1] - _HAN[0])) for _ in range(letters))
        )

    def citizen(self, story: str) -> str:
        """The number of a Chinese identity card of somebody born on 12 April 1956."""
        body = f"11010519560412{secrets.randbelow(1000):03d}"
        check = "10X98765432"[sum(int(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True)) % 11]
        return self.of(story, "national-id", body + check)


@dataclass(frozen=True, slots=True)
class Person:
    """A patient with all data that a hospital may have; every value is planted."""

    family: str
    given: str
    latin: str
    phone: str
    email: str
    mrn: str
    citizen: str
    address: str
    visit: str
    illness: str

    @classmethod
    def new(cls, planted: PlantedValues, story: str) -> "Person":
        """A patient all of whose values are new planted ones."""
        return cls(
            planted.han(story, "name", 2),
            planted.han(story, "name", 3),
            planted.word(story, "name"),
            planted.phone(story),
            planted.email(story),
            planted.word(story, "mrn"),
            planted.citizen(story),
            planted.han(story, "address", 6),
            planted.word(story, "visit"),
            planted.han(story, "text", 6),
        )

    @property
    def name(self) -> str:
        """The name of the person, family name first."""
        return self.family + self.given
