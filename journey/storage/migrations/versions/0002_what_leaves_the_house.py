"""The outbox and the rounds; the form is told by Alembic's own table.

Programs of the form 0001 made the tables of the outbox when they first needed them. They tell
the form by a row of ``store``: it says now that the store is newer than they know.

On PostgreSQL a table that is made gets the rights of its schema's new tables: of the table that
tells the form the application only reads.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Make the tables where they are missing; say the form to older programs, too."""
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel", _text(64), primary_key=True),
        sa.Column("status", _text(16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_try_at", sa.BigInteger, nullable=False),
        sa.Column("delivered_at", sa.BigInteger),
        sa.Column("last_error", _text(64)),
        if_not_exists=True,
    )
    op.create_index(
        "outbox_waiting", "outbox", ["channel", "status", "next_try_at"], if_not_exists=True
    )
    op.create_table(
        "outbox_channels",
        sa.Column("channel", _text(64), primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "rounds",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("ended_at", sa.BigInteger, nullable=False),
        sa.Column("issued", sa.Integer, nullable=False),
        if_not_exists=True,
    )
    op.execute("DELETE FROM store WHERE name = 'schema_version'")
    op.execute("INSERT INTO store (name, value) VALUES ('schema_version', '2')")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_ONLY_READ)


_ONLY_READ = """
DO $$ DECLARE other name; BEGIN
    FOR other IN SELECT rolname FROM pg_roles
        WHERE rolname IN ('journey_application', 'journey_auditor')
    LOOP EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON store_form FROM %I', other); END LOOP;
END $$
"""


def _text(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.TEXT(collation="C"), "postgresql")
