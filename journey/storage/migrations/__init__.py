"""The steps from each form of a store's kept tables to the next, run by Alembic.

A step is frozen text: it says what the tables were then, and imports none of today's. Read
models are no part of it: they are made anew.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

_ONE_AT_A_TIME: Final = Lock()
"""Alembic keeps what a step works on in its modules: threads with different stores share it."""


def upgrade(connection: Connection, form: str) -> None:
    """Bring a store that is in this form to the newest, in the transaction that is open.

    Raises the driver's errors; the transaction is the caller's to roll back then.
    """
    config = Config()
    folder = str(Path(__file__).parent).replace("%", "%%")  # an option's value is a template
    config.set_main_option("script_location", folder)
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.stamp(config, form)
        command.upgrade(config, "head")
