"""Files that are whole or absent: write aside, fsync, rename, fsync the directory."""

import errno
import fcntl
import math
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from darkroom.errors import Conflict, NotFound, Unavailable

TEMPORARY = ".tmp"  # inside the root: a rename must not cross file systems
_LOCK = ".lock"
_ABSENT = {errno.ENOENT, errno.EISDIR, errno.ENOTDIR}
_IN_THE_WAY = {errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY}


@contextmanager
def disk_faults(name: str) -> Iterator[None]:
    """Turn an OSError inside into ours: NotFound for what is absent, Unavailable for a disk that fails."""
    try:
        yield
    except OSError as error:
        if error.errno in _ABSENT:
            raise NotFound(f"there is no blob {name}") from error
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Unavailable(f"the blob folder does not serve {name}: {reason}") from error


@contextmanager
def temporary(root: Path) -> Iterator[Path]:
    """Give a path for one file that nobody sees; what is still there at the end is removed."""
    directory = root / TEMPORARY
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / uuid.uuid4().hex
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Hold the folder against other threads and processes, for a rename or a removal."""
    root.mkdir(parents=True, exist_ok=True)
    handle = os.open(root / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write(path: Path, chunks: Iterable[bytes]) -> None:
    """Make a new file of the chunks that survives a power cut."""
    with path.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def publish(path: Path, target: Path, root: Path) -> None:
    """Let the finished file be seen as `target`, in one step, with the time of now.

    Raises Conflict when a file is where a directory is needed, or the other way round.
    """
    os.utime(path)
    try:
        with locked(root):  # against a removal that prunes the directories just made
            changed = _make_directories(target.parent, root)
            path.replace(target)
    except OSError as error:
        if error.errno in _IN_THE_WAY:
            raise Conflict(f"the key of another blob is in the way of {target.name}") from error
        raise
    for directory in [*changed, target.parent]:
        sync(directory)


def remove(target: Path, root: Path, older_than: float | None = None) -> bool:
    """Remove the file and the directories it leaves empty; False only when it is spared as not so old."""
    with locked(root):
        try:
            if older_than is not None and target.stat().st_mtime >= older_than:
                return False
            target.unlink()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return True
        directory = target.parent
        while directory != root and _is_pruned(directory):
            directory = directory.parent
    sync(directory)
    return True


def remove_tree(directory: Path, root: Path) -> None:
    """Remove a directory and all in it, unseen from the first moment; harmless when it is absent."""
    aside = root / TEMPORARY / uuid.uuid4().hex
    try:
        aside.parent.mkdir(parents=True, exist_ok=True)
        directory.rename(aside)
    except FileNotFoundError:
        return
    shutil.rmtree(aside)


def sync(directory: Path) -> None:
    """Make the names in a directory survive a power cut; when it was pruned meanwhile, that it is gone."""
    try:
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return sync(directory.parent)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _make_directories(directory: Path, root: Path) -> list[Path]:
    """Make what is missing from root to directory; return those that got a new name in them."""
    path = [directory, *directory.parents]
    missing = [step for step in reversed(path[: path.index(root)]) if not step.is_dir()]
    for step in missing:
        step.mkdir()
    return [step.parent for step in missing]


def _is_pruned(directory: Path) -> bool:
    try:
        directory.rmdir()
    except OSError:  # not empty, or another deletion was first: either way not ours to prune
        return False
    return True


def walk(root: Path, prefix: str) -> Iterator[Path]:
    """Give every visible file whose path below root begins with the prefix."""
    start = root / prefix.rpartition("/")[0]
    for directory, names, files in os.walk(start):
        names[:] = [name for name in names if not name.startswith(".")]
        paths = [Path(directory, name) for name in files if not name.startswith(".")]
        yield from (path for path in paths if path.relative_to(root).as_posix().startswith(prefix))


def sweep(root: Path, directories: Iterable[str], older_than: float) -> int:
    """Remove what lies directly in these directories, untouched since then; return how many."""
    entries = [path for name in directories if (root / name).is_dir() for path in (root / name).iterdir()]
    stale = [path for path in entries if _modified(path) < older_than]
    for path in stale:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # its owner may be at it too
        else:
            path.unlink(missing_ok=True)
    return len(stale)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # its owner was done with it meanwhile
        return math.inf
