"""The folders in which attempts work: one per worker process, removed with it or after its death."""

import shutil
import socket
from pathlib import Path

import psutil
import structlog

log = structlog.get_logger()


def remove(folder: Path) -> None:
    """Remove a worker's own folder."""
    shutil.rmtree(folder, ignore_errors=True)


def sweep(root: Path) -> None:
    """Remove the folders of workers of this host that are dead; the name says host, pid and a random word."""
    if not root.is_dir():
        return
    for folder in root.iterdir():
        host, _, rest = folder.name.rpartition("-")[0].rpartition("-")
        if host == socket.gethostname() and rest.isdigit() and not psutil.pid_exists(int(rest)):
            log.info("removing a dead worker's scratch", folder=str(folder))
            remove(folder)
