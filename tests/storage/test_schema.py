"""The migrations make the tables that the code speaks of."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import storage.classify.tables
import storage.fluxtream.tables
import storage.planttracer.tables
import storage.streams.tables  # noqa: F401 - their tables are told to `metadata`
from storage.engine import read
from storage.tables import metadata

SORTED_OTHERWISE = "ix_parts_waiting"  # a database tells of `priority DESC` in words that no comparison knows


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index")
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_the_migrated_database_is_the_one_in_the_tables(engine):
    with read(engine) as db:
        differences = compare_metadata(MigrationContext.configure(db), metadata)

    assert [one for one in differences if SORTED_OTHERWISE not in str(one)] == []
