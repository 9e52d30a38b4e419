"""A stream on its way in: cut into chunks, hashed, and held to what was promised of it."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from darkroom.errors import Invalid, TooLarge
from storage.blob_values import CHUNK


class Source(Protocol):
    """A body as it arrives; `read` may give less than asked, and nothing only at the end."""

    def read(self, size: int, /) -> bytes: ...


class Promise(Struct, frozen=True):
    """What the sender said of the bytes; None is no word."""

    size_limit: int | None = None
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None  # hex


def md5_hex(content_md5: str) -> str:
    """Return a Content-MD5 (base64) in hex; raises Invalid when it is none."""
    try:
        digest = base64.b64decode(content_md5, validate=True)
    except ValueError as error:
        raise Invalid("a Content-MD5 is 16 bytes in base64", where="md5") from error
    if len(digest) != 16:
        raise Invalid("a Content-MD5 is 16 bytes in base64", where="md5")
    return digest.hex()


class Intake:
    """One stream, read once; its digests and size are known as far as it was drawn."""

    def __init__(self, source: Source, promise: Promise, *, with_md5: bool = False) -> None:
        self._source = source
        self._promise = promise
        self._sha256 = hashlib.sha256()
        self._with_md5 = with_md5 or promise.md5 is not None
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    @property
    def sha256(self) -> str:
        """The digest in hex of what was drawn so far."""
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """The MD5 in hex, if it was asked for or promised."""
        return self._md5.hexdigest()

    def drain(self) -> None:
        """Read to the end for the digests' sake; raises as `chunks` does."""
        for _ in self.chunks():
            continue

    def chunks(self) -> Iterator[bytes]:
        """Give the stream in chunks of 8 MiB, the last one shorter.

        Raises TooLarge beyond the limit, and Invalid (where="body", "sha256" or "md5") when the stream breaks off
        or is not what was promised; the last chunk is given before the digests are known.
        """
        while chunk := self._fill():
            self._sha256.update(chunk)
            if self._with_md5:
                self._md5.update(chunk)
            yield chunk
        self._settle()

    def _fill(self) -> bytes:
        """Read one whole chunk; sockets give less than asked, and S3 parts want to be even."""
        pieces: list[bytes] = []
        missing = CHUNK
        while missing and (piece := self._read(missing)):
            pieces.append(piece)
            missing -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _read(self, wanted: int) -> bytes:
        try:
            piece = self._source.read(wanted)
        except OSError as error:  # what sockets and web servers raise when the peer is gone
            raise Invalid("the body broke off", where="body", limit=self._promise.size) from error
        self.size += len(piece)
        limit = self._promise.size_limit
        if limit is not None and self.size > limit:
            raise TooLarge(f"more than {limit} bytes", limit=limit, where="body")
        return piece

    def _settle(self) -> None:
        promise = self._promise
        if promise.size is not None and self.size != promise.size:
            raise Invalid(
                f"{self.size} bytes came, {promise.size} were announced", where="body", limit=promise.size
            )
        if promise.sha256 is not None and self.sha256 != promise.sha256.lower():
            raise Invalid("the bytes have another sha256 than announced", where="sha256")
        if promise.md5 is not None and self.md5 != promise.md5:
            raise Invalid("the bytes have another MD5 than announced", where="md5")
