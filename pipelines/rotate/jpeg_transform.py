"""Turn a JPEG without decoding it, by its coefficients, with the system's libturbojpeg where there is one.

By ctypes: the wheels that carry the function are of 2023 and get no security updates; the system's library does.
Source: turbojpeg.h of libjpeg-turbo 2.x, whose calls 3.x still has.
"""

import ctypes
from functools import cache

from pipelines.video.turn import Turn

_OPERATIONS = {
    Turn(0, mirrored=True): 1,
    Turn(180, mirrored=True): 2,
    Turn(270, mirrored=True): 3,
    Turn(90, mirrored=True): 4,
    Turn(90): 5,
    Turn(180): 6,
    Turn(270): 7,
}
_NAMES = ("libturbojpeg.so.0", "libturbojpeg.dylib", "libturbojpeg.so")
_PERFECT, _PROGRESSIVE = 1, 32
_STOP_ON_WARNING, _LIMIT_SCANS = 1 << 13, 1 << 15


class NotLossless(Exception):
    """Says why a JPEG cannot be turned without loss."""


class _Transform(ctypes.Structure):
    _fields_ = (
        ("x", ctypes.c_int),
        ("y", ctypes.c_int),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("op", ctypes.c_int),
        ("options", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("filter", ctypes.c_void_p),
    )


def turn_jpeg(data: bytes, turn: Turn, *, is_progressive: bool = False) -> bytes:
    """Give the turned JPEG, all its other segments as they were; `turn` is not none.

    Raises NotLossless: there is no library, the sides are no multiples of a block's, or the file is damaged.
    """
    library = _library()
    if library is None:
        raise NotLossless("libturbojpeg is not installed")
    handle = library.tjInitTransform()
    if not handle:
        raise NotLossless("libturbojpeg cannot start")
    target, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong()
    options = _PERFECT | (_PROGRESSIVE if is_progressive else 0)
    transform = _Transform(op=_OPERATIONS[turn], options=options)
    try:
        failed = library.tjTransform(
            handle,
            data,
            len(data),
            1,
            ctypes.byref(target),
            ctypes.byref(size),
            ctypes.byref(transform),
            _STOP_ON_WARNING | _LIMIT_SCANS,
        )
        if failed:
            raise NotLossless(_reason(library.tjGetErrorStr2(handle).decode(errors="replace")))
        return ctypes.string_at(target, size.value)
    finally:
        if target:
            library.tjFree(target)
        library.tjDestroy(handle)


def _reason(complaint: str) -> str:
    if "not perfect" in complaint:
        return "its sides are not whole numbers of the blocks that it is made of"
    return f"libturbojpeg says: {complaint}"


@cache
def _library() -> ctypes.CDLL | None:
    """Load the library once; None where there is none."""
    library = next(filter(None, map(_loaded, _NAMES)), None)
    if library is None:
        return None
    library.tjInitTransform.restype = ctypes.c_void_p
    library.tjTransform.argtypes = [
        ctypes.c_void_p,
        ctypes.c_char_p,
        ctypes.c_ulong,
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_int,
    ]
    library.tjGetErrorStr2.argtypes = [ctypes.c_void_p]
    library.tjGetErrorStr2.restype = ctypes.c_char_p
    library.tjFree.argtypes = [ctypes.c_void_p]
    library.tjFree.restype = None
    library.tjDestroy.argtypes = [ctypes.c_void_p]
    return library


def _loaded(name: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None
