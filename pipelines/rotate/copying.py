"""Copy a movie's bytes to a file, in constant memory, by the kernel where it can."""

import errno
import os
from pathlib import Path

from pipelines.rotate.values import Tick
from pipelines.source import RangeReader, Source, open_source, size_bytes

CHUNK_BYTES = 1 << 22  # read from a store in one go
KERNEL_BYTES = 1 << 26  # between two ticks
_CANNOT = {errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM}


def copy_bytes(source: Source, path: Path, tick: Tick) -> None:
    """Write all bytes of a source to a new file; one on the same file system shares its blocks where that is possible."""
    with path.open("wb") as target:
        if isinstance(source, str | Path):
            with Path(source).open("rb") as file:
                done = _by_kernel(file.fileno(), target.fileno(), os.fstat(file.fileno()).st_size, tick)
        else:
            done = 0
        _by_reading(source, target.fileno(), done, tick)


def _by_kernel(source: int, target: int, total: int, tick: Tick) -> int:
    """Give how many bytes were copied: fewer than all where the kernel cannot."""
    done = 0
    while done < total:
        try:
            copied = os.copy_file_range(source, target, min(KERNEL_BYTES, total - done), done, done)
        except OSError as error:
            if error.errno in _CANNOT:
                return done
            raise
        if copied == 0:
            return done
        done += copied
        tick(done, total, "copying")
    return done


def _by_reading(source: Source, target: int, done: int, tick: Tick) -> None:
    with open_source(source) as reader:
        total = size_bytes(reader)
        reader.seek(done)
        while done < total:
            length = min(CHUNK_BYTES, total - done)
            data = reader.read_range(done, length) if isinstance(reader, RangeReader) else reader.read(length)
            if not data:
                raise OSError(errno.EIO, "the source ends before its size")
            view = memoryview(data)
            while view:
                written = os.pwrite(target, view, done)
                view, done = view[written:], done + written
            tick(done, total, "copying")
