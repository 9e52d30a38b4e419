"""The servers that a house may stand on."""

import os

import pytest
import sqlalchemy as sa


@pytest.fixture(scope="module")
def servers(postgres_url: str):
    """The settings of a house on PostgreSQL, Redis and S3."""
    name = f"house_{os.urandom(6).hex()}"
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as db:
        db.exec_driver_sql(f"CREATE DATABASE {name}")
    url = sa.make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    yield {
        "DARKROOM_BROKER": "redis",
        "DARKROOM_DATABASE_URL": url,
        "DARKROOM_REDIS_URL": os.environ["DARKROOM_TEST_REDIS_URL"].removesuffix("/0") + "/6",
        "DARKROOM_S3_ACCESS_KEY": os.environ["DARKROOM_TEST_S3_ACCESS_KEY"],
        "DARKROOM_S3_BUCKET": name.replace("_", "-"),
        "DARKROOM_S3_ENDPOINT": os.environ["DARKROOM_TEST_S3_ENDPOINT"],
        "DARKROOM_S3_SECRET_KEY": os.environ["DARKROOM_TEST_S3_SECRET_KEY"],
        "DARKROOM_STORE": "s3",
    }
    with server.connect() as db:
        db.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()
