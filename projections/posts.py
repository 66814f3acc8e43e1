"""How many posts and places each municipality has on a day (S2 §6.1, §6.4; domain.md §7.5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct
from sqlalchemy import Connection, select

from journey.units.posts import Posts, allocated, allotment
from journey.units.programmes import open_programmes
from journey.wishes import FEDERATION
from projections.units import unit_posts


class Places(Struct, frozen=True):
    """A municipality's posts, in percent of full time, and the places that they make.

    None: not known. Places are soft (S2 §6.4: "about 20" per full-time post).
    """

    percent: int | None
    places: int | None


def posts_of(connection: Connection) -> Mapping[str, Posts]:
    """The posts that were allocated to each municipality, by the day they hold from."""
    found: dict[str, Posts] = {}
    columns = (unit_posts.c.unit, unit_posts.c.since, unit_posts.c.percent)
    for unit, since, percent in connection.execute(select(*columns)):
        found[unit] = (*found.get(unit, ()), (since, percent))
    found.pop(FEDERATION, None)
    return found


def places_on(connection: Connection, day: date) -> dict[str, Places]:
    """The places of every municipality that has a programme or allocated posts on a day.

    In alphabetical order. Posts are the latest word of the unit's own and of its programme's
    rules. A number of places is cut to a whole one.
    """
    posts = posts_of(connection)
    of_programmes = {place for one in open_programmes(day) for place in one.municipalities}
    given = {unit for unit, own in posts.items() if allocated(own, day) is not None}
    return {unit: _places(unit, posts.get(unit, ()), day) for unit in sorted(of_programmes | given)}


def _places(unit: str, posts: Posts, day: date) -> Places:
    found = allotment(unit, posts, day)
    if found is None or found.percent is None or found.per_full_time is None:
        return Places(found.percent if found else None, None)
    return Places(found.percent, found.per_full_time * found.percent // 100)
