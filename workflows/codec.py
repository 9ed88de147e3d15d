"""Encryption of what Temporal is given to keep: AES-256-GCM with a ring of keys. Off unless keys are set."""

import base64
import binascii
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

ENCRYPTED = b"binary/encrypted"
KEY_ID = "encryption-key-id"
VARIABLE = "AMENDS_PAYLOAD_KEYS"
_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")
_KEY_BYTES = 32
_NONCE_BYTES = 12
_LEAST_DISTINCT = 8  # of a key's bytes: fewer are a placeholder, not a random key


class PayloadUnreadable(Exception):
    """A payload is encrypted and cannot be opened here. `key_id` says with which key it was locked."""

    def __init__(self, sentence: str, key_id: str) -> None:
        super().__init__(sentence)
        self.key_id = key_id


class KeyMissing(PayloadUnreadable):
    """The key that the payload names is not in the ring."""


class PayloadDamaged(PayloadUnreadable):
    """The payload does not open with the key that it names: it was changed, or the id stands for another key here."""


@dataclass(frozen=True)
class KeyRing:
    """Keys by their id; the first locks, all of them open. An empty ring locks nothing."""

    keys: Mapping[str, AESGCM]

    @classmethod
    def of(cls, text: str) -> "KeyRing":
        """From "2026-11:base64key,2026-01:base64key". Raises ValueError, which names the entry and never its value."""
        entries = [entry.strip() for entry in text.split(",")] if text.strip() else []
        keys: dict[str, AESGCM] = {}
        for number, entry in enumerate(entries, 1):
            name, key = _entry(number, entry)
            if name in keys:
                raise ValueError(f"entry {number} has an id that came before")
            keys[name] = AESGCM(key)
        return cls(keys)

    @property
    def first(self) -> str:
        """The id of the key that locks; empty when there is none."""
        return next(iter(self.keys), "")

    def lock(self, plain: bytes) -> tuple[str, bytes]:
        """The id of the key and what it made: a nonce of 12 bytes, then the ciphertext with its tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return self.first, nonce + self.keys[self.first].encrypt(nonce, plain, self.first.encode())

    def open(self, name: str, locked: bytes) -> bytes:
        """What was locked. Raises KeyMissing or PayloadDamaged; the key's id is authenticated with the data."""
        if name not in self.keys:
            why = f"which is not in {VARIABLE}" if self.keys else f"and {VARIABLE} is not set"
            raise KeyMissing(f"a payload in Temporal is encrypted with key '{name}', {why}", name)
        try:
            return self.keys[name].decrypt(locked[:_NONCE_BYTES], locked[_NONCE_BYTES:], name.encode())
        except (InvalidTag, ValueError):
            raise PayloadDamaged(f"a payload in Temporal does not open with key '{name}' of {VARIABLE}", name) from None


class Cipher(PayloadCodec):
    """Encrypts whole payloads; lets through what is not encrypted, so that it can be switched on at any time."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._locked(p) for p in payloads] if self.ring.keys else list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._opened(p) if p.metadata.get("encoding") == ENCRYPTED else p for p in payloads]

    def _locked(self, payload: Payload) -> Payload:
        name, data = self.ring.lock(payload.SerializeToString())
        return Payload(metadata={"encoding": ENCRYPTED, KEY_ID: name.encode()}, data=data)

    def _opened(self, payload: Payload) -> Payload:
        name = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        plain = self.ring.open(name if _ID.fullmatch(name) else "?", payload.data)
        try:
            return Payload.FromString(plain)
        except DecodeError:
            raise PayloadDamaged(f"what key '{name}' opened is no payload", name) from None


def data_converter(payload_keys: str) -> DataConverter:
    """How values travel to Temporal, by the setting AMENDS_PAYLOAD_KEYS. With keys, failures are encrypted too."""
    ring = KeyRing.of(payload_keys)
    failures = DefaultFailureConverterWithEncodedAttributes if ring.keys else DefaultFailureConverter
    return DataConverter(
        payload_converter_class=PydanticPayloadConverter, payload_codec=Cipher(ring), failure_converter_class=failures
    )


def _entry(number: int, entry: str) -> tuple[str, bytes]:
    name, _, text = entry.partition(":")
    if not _ID.fullmatch(name):
        raise ValueError(f"entry {number} is not id:key with an id of 1 to 40 letters, digits, dots, - or _")
    try:
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != _KEY_BYTES or len(set(key)) < _LEAST_DISTINCT:
        raise ValueError(f"entry {number} has no key: {_KEY_BYTES} random bytes in base64")
    return name, key
