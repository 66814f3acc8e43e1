"""What can go wrong, and what a caller may do about it.

::

    JourneyError
    ├── Refused             a rule says no; every reason is listed, nothing is stored
    │   └── InvalidCommand  the command's form is wrong (codes invalid_command, id_reused,
    │                       personal_data_in_free_text)
    └── StoreError          the store cannot be used now; nothing is changed
        ├── StoreLocked     another program holds it; try again
        ├── StoreReadOnly   it may be read, not written
        ├── StoreUnusable   it is damaged, cannot be reached, or is not a store of this program
        ├── StoreTooNew     a newer program wrote it
        └── Conflict        others kept writing to the journey; try again
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
from msgspec import Struct


class Reason(Struct, frozen=True, kw_only=True):
    """One reason for a refusal.

    ``code`` is from domain.md §3.6; ``text`` a sentence that a coach can act on,
    with ``{names}`` that ``values`` fill, so that it can be said in another
    language; ``rule`` names the rule (T12, §3.2, …) and ``source`` where it
    stands (S2 §8, …); ``earliest`` is the first day on which the rule would
    allow the wish; ``field`` is the path in the command that is at fault.
    """

    code: str
    text: str
    values: dict[str, str] = {}
    rule: str = ""
    source: str = ""
    earliest: date | None = None
    field: str | None = None

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.text.format(**self.values)


class Caution(Reason, frozen=True, kw_only=True):
    """A warning: the rule is not met, and the wish is carried out all the same."""


def refuse(
    code: str,
    text: str,
    *,
    rule: str = "",
    source: str = "",
    earliest: date | None = None,
    field: str | None = None,
    **values: object,
) -> Reason:
    """A reason for a refusal; ``values`` and ``earliest`` fill the ``{names}`` in ``text``."""
    named = {name: str(value) for name, value in values.items()}
    if earliest is not None:
        named["earliest"] = earliest.isoformat()
    return Reason(
        code=code,
        text=text,
        values=named,
        rule=rule,
        source=source,
        earliest=earliest,
        field=field,
    )


def caution(reason: Reason | None) -> Caution | None:
    """The same sentence as a warning."""
    return None if reason is None else Caution(**msgspec.structs.asdict(reason))


class JourneyError(Exception):
    """The base of all errors that this program raises on purpose."""


class Refused(JourneyError):
    """A wish that the rules do not allow. Nothing was stored.

    ``reasons`` holds every reason in the order of contract.md §3; ``code`` is
    the first one's.
    """

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(f"{r.code}: {r.message}" for r in self.reasons))

    @property
    def code(self) -> str:
        """The code of the first reason."""
        return self.reasons[0].code


class InvalidCommand(Refused):
    """A command whose form is wrong, whatever the state of its journey."""


class StoreError(JourneyError):
    """The store cannot be used as asked. Nothing was changed.

    ``text`` is the sentence with ``{names}`` that ``values`` fill, so that it can be
    said in another language.
    """

    def __init__(self, text: str, **values: object) -> None:
        self.text = text
        self.values = values
        super().__init__(text.format(**values))


class StoreLocked(StoreError):
    """Another program holds the store; trying again later may work."""


class StoreReadOnly(StoreError):
    """The store may be read, but not written."""


class StoreUnusable(StoreError):
    """The store is damaged, out of reach, full, or not a store of this program."""


class StoreTooNew(StoreError):
    """A newer program wrote the store."""


class Conflict(StoreError):
    """Others kept writing to the same journey; the command was not recorded."""
