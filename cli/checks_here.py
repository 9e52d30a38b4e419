"""Checks of this machine: the data directory, its room, and who may read its secrets."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from cli.findings import Finding, fail, ok, warn
from darkroom.client_address import TOKEN_FILE
from darkroom.settings import Settings

SECRET_FILE = "secret"  # noqa: S105 - a file's name
GIGABYTE = 1e9
FREE_WARN_BYTES = 5 * GIGABYTE
FREE_FAIL_BYTES = 0.5 * GIGABYTE


def check_here(settings: Settings) -> Iterator[Finding]:
    folder = Path(settings.data_dir).resolve()
    if not folder.is_dir():
        yield fail(
            "data directory", f"{folder} is not there", "`darkroom up` makes it; or set DARKROOM_DATA_DIR"
        )
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield fail(
            "data directory",
            f"{folder} cannot be written",
            f"chown it to the user that runs Darkroom: {folder}",
        )
    else:
        yield ok("data directory", str(folder))
    yield check_disk(folder)
    for name in (SECRET_FILE, TOKEN_FILE):
        if (folder / name).exists():
            yield check_mode(folder / name)


def check_disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    message = f"{free / GIGABYTE:.1f} GB free"
    todo = "make room, or move DARKROOM_DATA_DIR to a larger disk"
    if free < FREE_FAIL_BYTES:
        return fail("disk", message, todo)
    return warn("disk", message, todo) if free < FREE_WARN_BYTES else ok("disk", message)


def check_mode(path: Path) -> Finding:
    """Return whether a secret is its owner's alone."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return fail(
            path.name,
            f"others may read it (mode {mode:o})",
            f"chmod 600 {path}, and make it anew if others did",
        )
    return ok(path.name, f"mode {mode:o}")
