"""Alembic's way in: the steps run on the connection that opens the store, in its transaction."""

from __future__ import annotations

from alembic import context

from journey.storage.schema import FORM_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=FORM_TABLE)
context.run_migrations()
