"""The record: facts and idempotence keys for ever, and what the store keeps of itself."""

from __future__ import annotations

from alembic.operations import Operations

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Make the tables, and what the database refuses."""
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


_FOR_EVER = "what is recorded is for ever"

_SQLITE = (
    "CREATE TABLE store (name VARCHAR(64) NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (name))",
    "CREATE TABLE facts (position INTEGER NOT NULL, stream BLOB NOT NULL,"
    " version INTEGER NOT NULL, name VARCHAR(128) NOT NULL, body BLOB NOT NULL,"
    " recorded_at BIGINT NOT NULL, seal BLOB NOT NULL, PRIMARY KEY (position),"
    " UNIQUE (stream, version))",
    "CREATE TABLE commands (id VARCHAR(128) NOT NULL, digest BLOB NOT NULL, stream BLOB NOT NULL,"
    " first_version INTEGER NOT NULL, fact_count INTEGER NOT NULL, PRIMARY KEY (id))"
    " WITHOUT ROWID",
    *(
        f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} BEGIN SELECT"
        f" RAISE(ABORT, '{_FOR_EVER}: no {action} on {table}'); END"
        for table in ("facts", "commands")
        for action in ("UPDATE", "DELETE")
    ),
    "CREATE TRIGGER facts_no_replace BEFORE INSERT ON facts"
    " WHEN EXISTS (SELECT 1 FROM facts WHERE position = NEW.position)"
    " OR EXISTS (SELECT 1 FROM facts WHERE stream = NEW.stream AND version = NEW.version)"
    " OR NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM facts)"
    f" BEGIN SELECT RAISE(ABORT, '{_FOR_EVER}: this place is taken'); END",
    "CREATE TRIGGER commands_no_replace BEFORE INSERT ON commands"
    " WHEN EXISTS (SELECT 1 FROM commands WHERE id = NEW.id)"
    f" BEGIN SELECT RAISE(ABORT, '{_FOR_EVER}: this id is taken'); END",
)

_POSTGRESQL = (
    'CREATE TABLE store (name TEXT COLLATE "C" NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name))',
    "CREATE TABLE facts (position BIGINT NOT NULL, stream BYTEA NOT NULL,"
    ' version INTEGER NOT NULL, name TEXT COLLATE "C" NOT NULL, body BYTEA NOT NULL,'
    " recorded_at BIGINT NOT NULL, seal BYTEA NOT NULL, PRIMARY KEY (position),"
    " UNIQUE (stream, version))",
    'CREATE TABLE commands (id TEXT COLLATE "C" NOT NULL, digest BYTEA NOT NULL,'
    " stream BYTEA NOT NULL, first_version INTEGER NOT NULL, fact_count INTEGER NOT NULL,"
    " PRIMARY KEY (id))",
    *(
        f"CREATE FUNCTION {table}_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{_FOR_EVER}: no % on %', TG_OP, TG_TABLE_NAME"
        " USING ERRCODE = 'restrict_violation'; END $$"
        for table in ("facts", "commands")
    ),
    *(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_for_ever()"
        for table in ("facts", "commands")
    ),
    "CREATE FUNCTION facts_in_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF NEW.position <> (SELECT COALESCE(MAX(position), 0) + 1 FROM facts) THEN"
    f" RAISE EXCEPTION '{_FOR_EVER}: this place is taken'"
    " USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER facts_no_gap BEFORE INSERT ON facts"
    " FOR EACH ROW EXECUTE FUNCTION facts_in_order()",
    "CREATE FUNCTION facts_ring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " PERFORM pg_notify('journey_facts', ''); RETURN NULL; END $$",
    "CREATE TRIGGER facts_told AFTER INSERT ON facts"
    " FOR EACH STATEMENT EXECUTE FUNCTION facts_ring()",
)
