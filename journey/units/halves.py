"""Half-years, as ``2023H1``: what is attested and requisitioned (S2 §6.3)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta

MONTHS = 6

Half = Annotated[
    str,
    Meta(
        pattern=r"^(19|20|21)[0-9]{2}H[12](?!\n)$",
        description="A half-year: the year, then H1 (January to June) or H2 (July to December).",
    ),
]


def first_day(half: str) -> date:
    """The day on which a half-year begins."""
    year, _, number = half.partition("H")
    return date(int(year), 1 + MONTHS * (int(number) - 1), 1)
