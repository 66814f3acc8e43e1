"""A programme's rules as data: what its file says, by the day it is in force.

One TOML file per programme, in ``journey/programmes`` or anywhere (``load``).
Every value stands beside the source that it was read from and a mark (L
literal, F follows, A assumed, P public source; domain.md, "How to read the
marks")::

    capacity_per_full_time = { value = 20, source = "S2 §6.4", mark = "L" }

A table without ``value`` says that the source gives none. Each ``[[rules]]``
table is a rule set, in force ``from`` its day on; it inherits what the one
before it says and restates what changed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from journey.errors import JourneyError
from journey.first_use import LEARNING
from journey.rules import Rules, Stated

_FOLDER = Path(__file__).with_name("programmes")


class UnknownProgramme(JourneyError, KeyError):
    """No programme has this id."""

    def __str__(self) -> str:
        return f"There is no programme {self.args[0]!r}. Known are: {', '.join(programmes())}."


class ProgrammeFileError(JourneyError):
    """A programme's file cannot be used; the message names the file and the key."""


_Tree = dict[str, "Stated | _Tree"]


class Title(Struct, frozen=True, forbid_unknown_fields=True):
    """What the programme is called, in Swedish and in English."""

    sv: str
    en: str


class Programme(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A programme, with its rule sets in the order of their days.

    Open from ``opens`` to ``closes`` (None: no end is set), both included.
    ``deciding_parties`` says, for each party that refers, which one decides.
    """

    id: str
    title: Title
    sources: dict[str, Stated]
    opens: date
    closes: date | None = None
    municipalities: tuple[str, ...]
    parties: tuple[str, ...]
    deciding_parties: dict[str, str]
    rule_sets: Annotated[tuple[Rules, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        for contradiction in _programme_contradictions(self):
            raise ValueError(contradiction)

    @property
    def source(self) -> str:
        """Where the days on which it opens and closes were read."""
        return self.sources["opens" if self.closes is None else "closes"].source

    def rules_on(self, day: date) -> Rules:
        """The rule set in force on this day; before the first of them, the first.

        A fact is judged by the rules of its own day (domain.md §11 Q22).
        """
        for rules in reversed(self.rule_sets):
            if rules.in_force_from <= day:
                return rules
        return self.rule_sets[0]

    def open_on(self, day: date) -> bool:
        """Whether the programme takes referrals on this day."""
        return self.opens <= day and (self.closes is None or day <= self.closes)

    def deciding_party(self, referring_party: str) -> str:
        """Which party makes the individual decision about a referral.

        FK and AF for their own; the municipality for its own and the region's
        (S2 §3). KeyError when ``referring_party`` is no party of the programme.
        """
        return self.deciding_parties[referring_party]


def programmes() -> tuple[str, ...]:
    """The ids of the programmes that the engine ships, in alphabetical order."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


@cache
def programme(id: str) -> Programme:
    """The programme that the engine ships under this id. Raises UnknownProgramme."""
    if id not in programmes():
        raise UnknownProgramme(id)
    with LEARNING:
        return load(_FOLDER / f"{id}.toml")


def load(path: Path) -> Programme:
    """The programme in this file. Raises ProgrammeFileError, naming file and key."""
    try:
        return _as_programme(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise ProgrammeFileError(f"The programme file {path.name} is refused: {error}") from error


# --- from the file to the values -----------------------------------------------------

_S = TypeVar("_S", bound=Struct)
_HEADER = ("from", "name", "source", "mark")


def _as_programme(table: dict[str, Any]) -> Programme:
    head: dict[str, Any] = {key: table.pop(key) for key in ("id", "title") if key in table}
    tables = msgspec.convert({"rules": table.pop("rules", [])}, dict[str, list[dict[str, Any]]])
    head["rule_sets"] = _as_rule_sets(str(head.get("id")), tables["rules"])
    return _build(Programme, _tree(table), head)


def _as_rule_sets(id: str, tables: list[dict[str, Any]]) -> tuple[Rules, ...]:
    rule_sets, inherited = [], _Tree()
    for table in tables:
        name = str(table.get("name"))
        try:
            inherited = _inherit(inherited, _own(table))
            rule_sets.append(_as_rules(id, table, inherited))
        except (ValueError, msgspec.ValidationError) as error:
            raise ValueError(f"in rules {name}, {error}") from error
    return tuple(rule_sets)


def _own(table: dict[str, Any]) -> _Tree:
    return _tree({key: value for key, value in table.items() if key not in _HEADER})


def _as_rules(id: str, table: dict[str, Any], stated: _Tree) -> Rules:
    start = {"value": table.get("from"), "source": table.get("source"), "mark": table.get("mark")}
    head = {"programme": id, "ruleset": table.get("name")}
    return _build(Rules, {**stated, "in_force_from": _as_stated("from", start)}, head)


def _build(kind: type[_S], stated: _Tree, head: dict[str, Any]) -> _S:
    values = _values(stated)
    reserved = (head.keys() | {"sources"}) & values.keys()
    if reserved:
        raise ValueError(f"`{min(reserved)}` is no key of its own")
    return msgspec.convert({**values, **head, "sources": dict(_flat(stated))}, kind)


def _tree(table: Mapping[str, Any], path: str = "") -> _Tree:
    return {key: _branch(f"{path}{key}", value) for key, value in table.items()}


def _branch(key: str, value: object) -> Stated | _Tree:
    if isinstance(value, dict):
        leaf = value.keys() & {"value", "source"}
        return _as_stated(key, value) if leaf else _tree(value, f"{key}.")
    raise ValueError(f"`{key}` needs {{ value = …, source = …, mark = … }}")


def _as_stated(key: str, value: dict[str, Any]) -> Stated:
    try:
        return msgspec.convert(value, Stated)
    except msgspec.ValidationError as error:
        raise ValueError(f"`{key}`: {error}") from error


def _inherit(before: _Tree, stated: _Tree) -> _Tree:
    merged = dict(before)
    for key, value in stated.items():
        old = before.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            merged[key] = _inherit(old, value)
        else:
            merged[key] = value
    return merged


def _values(tree: _Tree) -> dict[str, Any]:
    return {
        key: branch.value if isinstance(branch, Stated) else _values(branch)
        for key, branch in tree.items()
    }


def _flat(tree: _Tree, path: str = "") -> Iterator[tuple[str, Stated]]:
    for key, branch in tree.items():
        if isinstance(branch, Stated):
            yield f"{path}{key}", branch
        else:
            yield from _flat(branch, f"{path}{key}.")


# --- what a file may not say at once -------------------------------------------------


def _programme_contradictions(programme: Programme) -> Iterator[str]:
    parties = set(programme.parties)
    if set(programme.deciding_parties) != parties:
        yield "`deciding_parties` must name each of `parties`"
    if not set(programme.deciding_parties.values()) <= parties:
        yield "`deciding_parties` names a decider that is none of `parties`"
    for earlier, later in pairwise(programme.rule_sets):
        if earlier.in_force_from >= later.in_force_from:
            yield f"`rules`: {later.ruleset} does not come after {earlier.ruleset}"
    for rules in programme.rule_sets:
        if not set(rules.posts or ()) <= set(programme.municipalities):
            yield f"`posts` of {rules.ruleset} names an unknown municipality"
