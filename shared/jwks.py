"""The signing keys of an OIDC provider (JWK Set, RFC 7517), fetched without blocking other requests."""

import asyncio
import logging
import time

import httpx
import jwt

log = logging.getLogger(__name__)
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LIFE_SECONDS, PAUSE_SECONDS = 300.0, 10.0
"""How long keys are used before they are fetched again, and the least time between two fetches: a `kid` is whatever
somebody without a token likes to write."""
TIMEOUT_SECONDS = 5.0
MAX_BYTES, MAX_BITS = 1 << 20, 16_384


class KeysAway(Exception):
    """The provider has never answered, so its tokens cannot be verified."""


class KeySet:
    """The keys at one URL. While the provider is away, its last keys are used."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str | None, jwt.PyJWK] = {}
        self._asked = self._answered = float("-inf")
        self._turn = asyncio.Lock()

    async def key(self, kid: str | None) -> jwt.PyJWK | None:
        """The key with this id; without an id the only key of a set of one. Raises `KeysAway`."""
        if self._stale(kid):
            async with self._turn:
                if self._stale(kid):
                    await self._fetch()
        if self._answered == float("-inf"):
            raise KeysAway("the keys of the OIDC provider cannot be read: ask again in a moment")
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    def _stale(self, kid: str | None) -> bool:
        now = time.monotonic()
        lacking = now - self._answered > LIFE_SECONDS or (kid is not None and kid not in self._keys)
        return lacking and now - self._asked > PAUSE_SECONDS

    async def _fetch(self) -> None:
        self._asked = time.monotonic()
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client, asyncio.timeout(TIMEOUT_SECONDS):
                async with client.stream("GET", self._url) as answer:
                    answer.raise_for_status()
                    body = b""
                    async for part in answer.aiter_bytes():
                        body += part
                        if len(body) > MAX_BYTES:
                            raise ValueError("the answer is larger than any key set")
            self._keys = parsed_keys(body.decode())
        except (httpx.HTTPError, TimeoutError, ValueError, jwt.PyJWTError) as error:
            log.warning("%s gave no keys: %s", self._url, type(error).__name__)
            return
        self._answered = self._asked


def parsed_keys(text: str) -> dict[str | None, jwt.PyJWK]:
    """The signing keys of a set, by id. Raises `jwt.PyJWTError`, or ValueError if it is no key set."""
    try:
        keys = jwt.PyJWKSet.from_json(text).keys
    except (AttributeError, RecursionError) as error:
        raise ValueError("it is no key set") from error
    return {key.key_id: key for key in keys if isinstance(key.key_id, str | None) and _signs(key)}


def _signs(key: jwt.PyJWK) -> bool:
    """Whether the key is for signatures and not oversized: verification time grows with the square of its size."""
    size = getattr(key.key, "key_size", 0)
    return key.public_key_use in (None, "sig") and isinstance(size, int) and size <= MAX_BITS
