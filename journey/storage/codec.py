"""Facts to bytes and back.

STORED NAMES ARE FOR EVER. The name of a fact's class and the names of its fields
are what stores on disk hold. They are never renamed or removed, and no field is
added without a default. A fact whose shape must change gets the next
``schema_version`` and an upcaster here, from the old fields to the new;
``tests/storage/golden`` holds stored facts of every release, which a test reads.

A body is JSON: ``{"by": actor, "ruleset": …, "data": the fact}``. It begins with
``{``; another first byte is left for bodies encrypted under a person's key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from journey.errors import StoreTooNew, StoreUnusable
from journey.facts import Fact
from journey.first_use import LEARNING
from journey.lifecycle import LIFECYCLE
from journey.units import UNIT_FACTS

F = TypeVar("F", bound=Fact)
Fields = dict[str, Any]
Upcaster = Callable[[Fields], Fields]

_KINDS: tuple[type[Fact], ...] = (*(row.fact for row in LIFECYCLE), *UNIT_FACTS)
FACTS: Mapping[str, type[Fact]] = {fact.__name__: fact for fact in _KINDS}
"""Every fact by its stored name."""

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(stored name, version) to the function that gives the next version's fields."""


class Envelope(Struct, Generic[F], frozen=True, gc=False):
    """A fact with who recorded it, and the rule set that it was judged by."""

    by: str
    ruleset: str
    data: F


class _Fact(Struct, Generic[F], frozen=True, gc=False):
    """What a fold needs of an envelope: the rest is skipped."""

    data: F


class UnknownFact(StoreTooNew):
    """A store holds a fact, or a later shape of one, that this program does not know."""


_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError)
_encoder = msgspec.json.Encoder()


def stored_name(fact: Fact) -> str:
    """The name under which a fact is stored; later versions bear their number."""
    name = type(fact).__name__
    return name if fact.schema_version == 1 else f"{name}.{fact.schema_version}"


def encode(fact: Fact, by: str, ruleset: str) -> bytes:
    """The body of a fact, as it is stored and sealed."""
    return _encoder.encode(Envelope(by, ruleset, fact))


def decode(name: str, body: bytes) -> Envelope[Fact]:
    """The fact behind a stored name and body, in today's shape.

    Raises UnknownFact, or StoreUnusable where the body cannot be read.
    """
    decoder = _decoder(name)
    try:
        return decoder(body)
    except _UNREADABLE as error:
        raise StoreUnusable("The store is damaged.") from error


def decode_facts(stored: Iterable[tuple[str, bytes]]) -> list[Fact]:
    """Many of them, without who recorded them: what a fold needs. Raises as ``decode`` does."""
    try:
        return [_fact_decoder(name)(body).data for name, body in stored]
    except _UNREADABLE as error:
        raise StoreUnusable("The store is damaged.") from error


@cache
def _decoder(stored: str) -> Callable[[bytes], Envelope[Fact]]:
    name, version = _named(stored)
    fact = FACTS.get(name)
    if fact is None or not 1 <= version <= fact.schema_version:
        raise UnknownFact("This program does not know the fact {name}.", name=stored)
    if version == fact.schema_version:
        with LEARNING:
            return msgspec.json.Decoder(Envelope[fact]).decode  # type: ignore[valid-type]
    return lambda body: _upcast(name, version, fact, body)


@cache
def _fact_decoder(stored: str) -> Callable[[bytes], _Fact[Fact] | Envelope[Fact]]:
    fact = FACTS.get(stored)
    if fact is None or fact.schema_version != 1:
        return _decoder(stored)
    with LEARNING:
        return msgspec.json.Decoder(_Fact[fact]).decode  # type: ignore[valid-type]


def _named(stored: str) -> tuple[str, int]:
    """The name and version in a stored name; 0 for what is no version."""
    name, dot, number = stored.partition(".")
    return name, int(number) if number.isdecimal() else int(not dot)


def _upcast(name: str, version: int, fact: type[Fact], body: bytes) -> Envelope[Fact]:
    raw = msgspec.json.decode(body, type=Envelope[Any])
    fields: Fields = raw.data
    for step in range(version, fact.schema_version):
        fields = UPCASTERS[name, step](fields)
    return Envelope(raw.by, raw.ruleset, msgspec.convert(fields, fact))
