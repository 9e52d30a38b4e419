"""How bytes and facts come out of a bucket: by minio, pinned to the content that was first seen."""

from typing import Any

from minio import Minio
from minio.helpers import DictType

from darkroom.errors import Invalid, NotFound
from storage.blob_s3_faults import s3_faults
from storage.blob_values import Body, Span, Stat, check_key


class Stream:
    """A response under way, whose failures are ours."""

    def __init__(self, response: Any, key: str) -> None:
        self._response = response
        self._key = key

    def read(self, size: int, /) -> bytes:
        with s3_faults(self._key):
            return bytes(self._response.read(size))

    def close(self) -> None:
        """Give the connection back if all was read, else close it."""
        self._response.close()
        self._response.release_conn()


class Bucket:
    """One bucket, to be read from."""

    def __init__(self, mover: Minio, name: str) -> None:
        self._mover = mover
        self._name = name

    def must(self, key: str) -> Stat:
        """Return what is known of a blob; raises NotFound."""
        with s3_faults(key):
            return describe(key, self._mover.stat_object(self._name, check_key(key)))

    def stat(self, key: str) -> Stat | None:
        """Return what is known of a blob, None when there is none."""
        try:
            return self.must(key)
        except NotFound:
            return None

    def stream(self, stat: Stat, span: Span) -> Stream:
        """Begin to read the blob that `stat` describes; raises Conflict when it was changed since."""
        pinned: DictType = {"If-Match": f'"{stat.etag}"'}
        with s3_faults(stat.key):
            response = self._mover.get_object(self._name, stat.key, span.start, span.length, pinned)
        return Stream(response, stat.key)

    def read(self, stat: Stat, span: Span) -> bytes:
        """Return exactly these bytes."""
        body = Body(self.stream(stat, span), span.length)
        try:
            return b"".join(iter(body.read, b""))
        finally:
            body.close()

    def read_some(self, key: str, span: Span) -> bytes:
        """Return those of these bytes that exist, in one request; raises NotFound."""
        if span.length == 0:
            self.must(key)
            return b""
        try:
            with s3_faults(key):
                response = self._mover.get_object(self._name, key, span.start, span.length)
        except Invalid:  # it begins beyond the end
            return b""
        stream = Stream(response, key)
        try:
            return stream.read(span.length)
        finally:
            stream.close()


def describe(key: str, found: Any) -> Stat:
    """Return what minio says of an object as our own value."""
    return Stat(key, int(found.size), str(found.etag).strip('"'), found.last_modified.timestamp())
