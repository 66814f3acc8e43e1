"""The read models, one line each."""

from __future__ import annotations

from journey.storage.rows import Follower

FOLLOWERS: tuple[Follower, ...] = ()
