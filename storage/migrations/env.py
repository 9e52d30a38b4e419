"""Alembic's entry: runs inside the transaction that storage.schema opened."""

from alembic import context

import storage.classify.tables
import storage.fluxtream.tables
import storage.planttracer.tables
import storage.streams.tables  # noqa: F401 - their tables are told to `metadata`
from storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
    render_as_batch=True,
)
context.run_migrations()
