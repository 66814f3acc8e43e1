"""Signed notes (C2SP signed-note): a text, and under it who signed it, with Ed25519.

Here they are signed. They are opened in ``bundle/check.py``, which a third party runs alone.
"""

from __future__ import annotations

import base64
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

_ED25519 = b"\x01"


class Signer(Struct, frozen=True):
    """A private key with its name. ``public`` is what others verify with."""

    name: str
    secret: bytes

    @property
    def public(self) -> str:
        """``name+hash+key``, as signed notes write a public key."""
        key = _ED25519 + self._key.public_key().public_bytes_raw()
        return f"{self.name}+{_number(self.name, key).hex()}+{base64.b64encode(key).decode()}"

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.secret)

    def signature(self, text: str) -> str:
        """The line that says that this key signed the text."""
        number = bytes.fromhex(self.public.split("+", 2)[1])
        raw = number + self._key.sign(text.encode())
        return f"\u2014 {self.name} {base64.b64encode(raw).decode()}\n"


def new_signer(name: str) -> Signer:
    """A key of this name that nobody has had."""
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def signed(text: str, *signers: Signer) -> str:
    """The note: the text, which ends with a line's end, signed by each."""
    return text + "\n" + "".join(signer.signature(text) for signer in signers)


def _number(name: str, key: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + key).digest()[:4]
