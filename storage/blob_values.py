"""The plain values that a blob store takes and gives, the same for every store."""

import re
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Protocol, Self

from msgspec import Struct

from darkroom.errors import Invalid, Unavailable

OCTETS = "application/octet-stream"
MEDIA = "media/"  # content-addressed: the key is the digest
INCOMING = "incoming/"  # what a client uploaded and nobody has adopted yet
KEY_LIMIT = 512  # bytes of UTF-8; S3 allows 1024, room is left for a prefix
SEGMENT_LIMIT = 255  # bytes; the longest file name of a common file system
PART_MINIMUM = 5 << 20  # S3 refuses smaller parts, but for the last
PART_MAXIMUM = 5 << 30
PARTS_LIMIT = 10_000
EXPIRY_LIMIT = 7 * 24 * 3600  # seconds; no S3 signs for longer, so no store does
CHUNK = 8 << 20  # bytes in memory while a stream passes


class Blob(Struct, frozen=True):
    """What was stored. `content_type` is what the writer said; the record that points here keeps it."""

    key: str
    sha256: str
    size: int
    content_type: str = OCTETS


class Stat(Struct, frozen=True):
    """What the store knows of a key; `modified` is in epoch seconds, `etag` strong and without quotes."""

    key: str
    size: int
    etag: str
    modified: float


class Part(Struct, frozen=True):
    """One received part of a multipart upload; `etag` is the MD5 of its bytes in hex."""

    number: int
    size: int
    etag: str


class SignedRequest(Struct, frozen=True):
    """A request that its holder may send without a token; the headers must be sent as given."""

    method: str
    url: str
    headers: Mapping[str, str] = {}


class SignedPost(Struct, frozen=True):
    """A browser form: post the fields as they are, then the field `file` as the last one."""

    url: str
    fields: Mapping[str, str]


class Span(Struct, frozen=True):
    """Bytes `start` up to but not including `start + length`."""

    start: int
    length: int


class Readable(Protocol):
    """The least that a source of bytes can do."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class Reader(Protocol):
    """A seekable binary file of known size, for one thread at a time; `av.open` takes it."""

    @property
    def size(self) -> int: ...
    @property
    def closed(self) -> bool: ...
    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def tell(self) -> int: ...
    def seekable(self) -> bool: ...
    def readable(self) -> bool: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class Body(Iterator[bytes]):
    """The bytes of an answer: iterate or read, then close, as WSGI does."""

    def __init__(self, source: Readable, length: int, block: int = 1 << 18) -> None:
        self._source = source
        self._left = length
        self._block = block

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`; nothing at the end.

        Raises Unavailable when the store ends the stream early.
        """
        wanted = self._left if size < 0 else min(size, self._left)
        if wanted == 0:
            return b""
        chunk = self._source.read(wanted)
        if not chunk:
            raise Unavailable(f"the store ended a stream {self._left} bytes early")
        self._left -= len(chunk)
        return chunk

    def __next__(self) -> bytes:
        if chunk := self.read(self._block):
            return chunk
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Let go of the file or connection; harmless when repeated."""
        self._source.close()


class Delivery(Struct, frozen=True):
    """The answer to a get: all of it (`span` None), a span, or nothing new (`body` None)."""

    stat: Stat
    span: Span | None = None
    body: Body | None = None


def check_key(key: str) -> str:
    """Return the key if it can name a blob on every store.

    Raises Invalid for an empty, absolute, overlong or unprintable one, and for segments that start with a dot.
    """
    segments = key.split("/")
    if not key.isprintable() or "\\" in key or len(key.encode()) > KEY_LIMIT:
        raise Invalid("a blob key is printable text without backslash", where="key", limit=KEY_LIMIT)
    if any(not s or s.startswith(".") or len(s.encode()) > SEGMENT_LIMIT for s in segments):
        raise Invalid(
            "each segment of a blob key has 1 to 255 bytes and starts with no dot",
            where="key",
            limit=SEGMENT_LIMIT,
        )
    return key


def check_part_number(number: int) -> int:
    """Return the number if a part may have it; raises Invalid otherwise."""
    if not 1 <= number <= PARTS_LIMIT:
        raise Invalid("a part number lies between 1 and 10000", where="part", limit=PARTS_LIMIT)
    return number


def check_expiry(seconds: float) -> int:
    """Return for how many whole seconds to sign; raises Invalid beyond seven days."""
    if not 1 <= seconds <= EXPIRY_LIMIT:
        raise Invalid("a link lasts between a second and 7 days", where="expires", limit=EXPIRY_LIMIT)
    return int(seconds)


def check_span(start: int, length: int) -> None:
    """Raise Invalid for a negative start or length."""
    if start < 0 or length < 0:
        raise Invalid("a range has no negative start or length", where="range")


def media_key(sha256: str) -> str:
    """Return the key under which content of this digest is kept."""
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise Invalid("a sha256 is 64 lower-case hex digits", where="sha256")
    return MEDIA + sha256


def adopted_key(key: str) -> str:
    """Return the key of the note that tells what an adopted upload became."""
    return check_key(key + ".adopted")
