"""The secret that signs links: made once, shared by every process of one data directory."""

import os
import secrets
import uuid
from pathlib import Path

from darkroom.errors import Invalid
from storage.blob_files import disk_faults, sync

SIZE = 32  # bytes, as long as the digest it keys


def read_secret(path: Path) -> bytes:
    """Return the secret, making it when there is none; of several processes making it, one wins.

    Raises Invalid when the file holds something else, Unavailable when it cannot be read.
    """
    with disk_faults(path.name):
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
    if len(secret) != SIZE:
        raise Invalid(f"{path} does not hold {SIZE} bytes", hint="remove it; links signed so far will end")
    return secret


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_bytes(SIZE))
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)  # unlike a rename, a link never replaces the secret of another process
    except FileExistsError:
        return
    finally:
        draft.unlink()
        sync(path.parent)
