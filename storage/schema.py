"""The schema's versions: brought to the newest by `migrate`, one process at a time."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.engine import is_postgres, write

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x6461726B  # an advisory lock of our own, so that two starts at once migrate one after the other


def migrate(engine: sa.Engine) -> None:
    """Bring the database to the newest schema, in one transaction. Raises Unavailable."""
    with write(engine) as db:
        if is_postgres(db):
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        config = _config()
        config.attributes["connection"] = db
        command.upgrade(config, "head")


def is_current(db: sa.Connection) -> bool:
    """Return whether the database has the schema that this code expects."""
    return (
        MigrationContext.configure(db).get_current_revision()
        == ScriptDirectory.from_config(_config()).get_current_head()
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
