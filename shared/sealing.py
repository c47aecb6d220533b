"""Personal fields travel sealed: one AES-256-GCM box per message under the data key of its identity.

Data keys are wrapped with the master key (AES key wrap, RFC 3394) and kept in the key store. Destroying a
key erases its person from every topic at once; opening such a box yields None in every personal field.
"""

import base64
import os
import time
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from shared.keystore import KeyStore

_NONCE = 12
_MANY = 20_000
_LIVES = 100
_NEVER: tuple[float, AESGCM | None] = (float("-inf"), None)


class WrongMasterKey(Exception):
    """The key store was written under another master key."""


class LostKey(Exception):
    """A box whose key the store never had: not erased, lost. Going on would show the person as erased."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the key store never had key {key}, under which this log sealed something: "
            "restore the key store that belongs to this log"
        )


class KeyRing:
    """The data keys this process has in hand, read again after `ttl` seconds so that an erasure is noticed."""

    def __init__(self, store: KeyStore, master: bytes, ttl: float = 5.0) -> None:
        if len(master) not in (16, 32):
            raise ValueError("CARELOOP_KEYS__MASTER must be 16 or 32 bytes in hex: `careloop doctor` makes one")
        self._store, self._master, self._ttl = store, master, ttl
        self._keys: dict[str, tuple[float, AESGCM | None]] = {}

    async def load(self, ids: Iterable[str], create: bool = False) -> None:
        """Have the keys of `ids` in hand; `create` makes those that never existed."""
        now = time.monotonic()
        stale = {key for key in ids if now - self._keys.get(key, _NEVER)[0] > self._ttl}
        if not stale:
            return
        found = await self._store.get(stale)
        missing = stale - found.keys()
        if missing and create:
            await self._store.add({key: aes_key_wrap(self._master, os.urandom(32)) for key in missing})
            found |= await self._store.get(missing)
        if len(self._keys) > _MANY:
            self._keys = {key: held for key, held in self._keys.items() if now - held[0] <= self._ttl}
        for key in stale:
            self._keys[key] = (now, self._unwrap(found[key])) if key in found else _NEVER

    async def living(self, ids: Iterable[str]) -> dict[str, str]:
        """For each identity the id of a key that may be written with: `k`, or `k~1`, `k~2` … after erasures of it."""
        named: dict[str, str] = {}
        waiting = {id: id for id in ids}
        for life in range(1, _LIVES):
            await self.load(waiting.values(), create=True)
            named |= {id: key for id, key in waiting.items() if self._keys[key][1] is not None}
            waiting = {id: f"{id}~{life}" for id in waiting if id not in named}
            if not waiting:
                break
        return named

    def knows(self, key: str) -> bool:
        """Whether a key that was loaded exists and was not destroyed."""
        return self._keys.get(key, _NEVER)[1] is not None

    def seal(self, key: str, clear: bytes, context: str) -> str | None:
        """The box, base64; None where the key was destroyed. `context` is authenticated, not hidden."""
        cipher = self._keys[key][1]
        if cipher is None:
            return None
        nonce = os.urandom(_NONCE)
        return base64.b64encode(nonce + cipher.encrypt(nonce, clear, context.encode())).decode()

    def open(self, key: str, box: str, context: str) -> bytes | None:
        """What was sealed; None where the key was destroyed.

        Raises ValueError for a box that was tampered with, `LostKey` where there never was such a key.
        """
        held = self._keys[key]
        if held is _NEVER:
            raise LostKey(key)
        cipher = held[1]
        if cipher is None:
            return None
        raw = base64.b64decode(box)
        try:
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], context.encode())
        except InvalidTag as error:
            raise ValueError("`data.sealed` does not open with its key: the record was altered") from error

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    async def destroy(self, ids: Iterable[str]) -> int:
        """Forget the keys of `ids` for ever; returns how many there were."""
        wanted = list(ids)
        count = await self._store.destroy(wanted)
        self._keys |= {key: (time.monotonic(), None) for key in wanted}
        return count

    async def lives(self, ids: Iterable[str]) -> dict[str, bool]:
        """Every key ever made for these identities, and whether it still opens boxes. The store is asked each time."""
        found: dict[str, bool] = {}
        asked, life = list(ids), 0
        while asked:
            known = await self._store.get(asked)
            found |= {key: wrapped is not None for key, wrapped in known.items()}
            life += 1
            asked = [f"{key.partition('~')[0]}~{life}" for key in known]
        return found

    def _unwrap(self, wrapped: bytes | None) -> AESGCM | None:
        if wrapped is None:
            return None
        try:
            return AESGCM(aes_key_unwrap(self._master, wrapped))
        except InvalidUnwrap as error:
            raise WrongMasterKey("the key store was written under another CARELOOP_KEYS__MASTER") from error
