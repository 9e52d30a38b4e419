"""The first start of a data directory: schema, one admin with one token; later starts find them there."""

import os
from pathlib import Path

import sqlalchemy as sa

from darkroom.client_address import TOKEN_FILE, URL_FILE
from darkroom.settings import Settings
from storage import engine as engines
from storage import schema, users

ADMIN = "admin"


def prepare(settings: Settings) -> str | None:
    """Make ready all that the processes need; return the admin's new token at the very first start, else None.

    Raises Unavailable when the database does not answer. The store is the API's to prepare.
    """
    data_dir = Path(settings.data_dir)
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = engines.connect(settings.database())
    try:
        schema.migrate(engine)
        token = create_admin(engine, data_dir)
    finally:
        engine.dispose()
    keep(data_dir / URL_FILE, settings.url(), 0o644)
    return token


def create_admin(engine: sa.Engine, data_dir: Path) -> str | None:
    """Make the admin and its token unless there are users; the token's file is there before the user is."""
    with engines.write(engine) as db:
        if users.find(db):
            return None
        token = users.add_token(db, users.add(db, ADMIN, is_admin=True), "first start")
        keep(data_dir / TOKEN_FILE, token, 0o600)
    return token


def keep(path: Path, text: str, mode: int) -> None:
    """Write a small file, whole or not at all, never readable by more than `mode` allows."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(handle, "w") as file:  # noqa: PTH123 - a handle, opened with its mode
        file.write(text + "\n")
        file.flush()
        os.fsync(handle)
    draft.replace(path)
