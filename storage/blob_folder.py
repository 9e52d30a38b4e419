"""Blobs as files of one folder: the embedded default, whose signed links the API serves."""

import io
import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from darkroom.errors import NotFound
from storage import blob_files, blob_ranges, blob_signing
from storage.blob_folder_parts import UPLOADS, FolderParts
from storage.blob_intake import Intake, Promise, Source, md5_hex
from storage.blob_secret import read_secret
from storage.blob_signing import Grant
from storage.blob_values import (
    MEDIA,
    OCTETS,
    Blob,
    Body,
    Delivery,
    Part,
    SignedPost,
    SignedRequest,
    Span,
    Stat,
    adopted_key,
    check_expiry,
    check_key,
    check_part_number,
    media_key,
)


class FileReader(io.BufferedReader):
    """A local file that knows its size."""

    @property
    def size(self) -> int:
        return os.fstat(self.fileno()).st_size


class FolderBlobs:
    """The store in `root`; `base_url` is where the API serves it. `storage.blobs.Blobs` says what each verb does."""

    def __init__(
        self, root: Path, secret_file: Path, base_url: str, clock: Callable[[], float] = time.time
    ) -> None:
        self._root = root
        self._secret_file = secret_file
        self._base_url = base_url
        self._clock = clock
        self.parts = FolderParts(root)
        self._secret: bytes | None = None

    def prepare(self, origins: Sequence[str] = ()) -> None:
        with blob_files.disk_faults(str(self._root)):
            for name in (blob_files.TEMPORARY, UPLOADS):
                (self._root / name).mkdir(parents=True, exist_ok=True)
        self.secret()

    def check(self) -> None:
        name = f"check/{uuid.uuid4().hex}"
        self.put(name, io.BytesIO(b"darkroom"))
        self.read_range(name, 0, 8)
        self.delete(name)
        self.secret()

    def close(self) -> None:
        """Hold nothing open; there is nothing to do."""

    def put(
        self,
        key: str | None,
        stream: Source,
        *,
        content_type: str = OCTETS,
        size_limit: int | None = None,
        expect_sha256: str | None = None,
        expect_size: int | None = None,
    ) -> Blob:
        promise = Promise(size_limit=size_limit, size=expect_size, sha256=expect_sha256)
        return self._keep(key, Intake(stream, promise), content_type)

    def put_file(self, key: str | None, path: Path, *, content_type: str = OCTETS) -> Blob:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return self.put(key, file, content_type=content_type, expect_size=size)

    def open(self, key: str) -> FileReader:
        with blob_files.disk_faults(key):
            return FileReader(io.FileIO(self._path(key)))

    def local_path(self, key: str) -> Path | None:
        path = self._path(key)
        if not path.is_file():
            raise NotFound(f"there is no blob {key}")
        return path

    def read_range(self, key: str, start: int, length: int) -> bytes:
        with self.open(key) as file, blob_files.disk_faults(key):
            span = blob_ranges.clip(start, length, file.size)
            file.seek(span.start)
            return file.read(span.length)

    def get(
        self,
        key: str,
        *,
        if_none_match: str | None = None,
        range: str | None = None,
        if_range: str | None = None,
    ) -> Delivery:
        file = self.open(key)
        stat = _stat(key, os.fstat(file.fileno()))
        try:
            if blob_ranges.is_match(if_none_match, stat.etag):
                file.close()
                return Delivery(stat)
            span = blob_ranges.choose(stat, range, if_range)
            served = span or Span(0, stat.size)
            file.seek(served.start)
        except Exception:
            file.close()
            raise
        return Delivery(stat, span, Body(file, served.length))

    def stat(self, key: str) -> Stat | None:
        path = self._path(key)
        try:
            with blob_files.disk_faults(key):
                return _stat(key, path.stat()) if path.is_file() else None
        except NotFound:
            return None

    def list(self, prefix: str = "", older_than: float | None = None) -> Iterator[Stat]:
        with blob_files.disk_faults(prefix):
            for path in blob_files.walk(self._root, prefix):
                stat = self.stat(path.relative_to(self._root).as_posix())
                if stat and (older_than is None or stat.modified < older_than):
                    yield stat

    def delete(self, key: str, *, older_than: float | None = None) -> bool:
        with blob_files.disk_faults(key):
            return blob_files.remove(self._path(key), self._root, older_than)

    def adopt(
        self,
        key: str,
        *,
        content_type: str = OCTETS,
        size_limit: int | None = None,
        expect_sha256: str | None = None,
    ) -> Blob:
        try:
            blob = self._link_media(key, content_type, Promise(size_limit=size_limit, sha256=expect_sha256))
        except NotFound:
            return self._adopted(key)
        self.put(adopted_key(key), io.BytesIO(msgspec.json.encode(blob)))
        self.delete(key)
        return blob

    def copy(self, key: str, to: str, *, content_type: str = OCTETS) -> None:
        with blob_files.disk_faults(key), blob_files.temporary(self._root) as path:
            path.hardlink_to(self._path(key))  # a file is never written to again once it is seen
            blob_files.publish(path, self._path(to), self._root)

    def discard_unfinished(self, older_than: float) -> int:
        with blob_files.disk_faults("unfinished uploads"):
            return blob_files.sweep(self._root, (blob_files.TEMPORARY, UPLOADS), older_than)

    def init(self, key: str, content_type: str = OCTETS) -> str:
        with blob_files.disk_faults(key):
            return self.parts.begin(check_key(key))

    def put_part(self, key: str, upload_id: str, number: int, data: bytes, md5: str | None = None) -> str:
        promise = Promise(md5=None if md5 is None else md5_hex(md5))
        with blob_files.disk_faults(key):
            return self.parts.put(key, upload_id, number, io.BytesIO(data), promise).etag

    def list_parts(self, key: str, upload_id: str) -> Sequence[Part]:
        with blob_files.disk_faults(key):
            return self.parts.list(key, upload_id)

    def complete(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        with blob_files.disk_faults(key):
            self.parts.complete(key, upload_id, parts, self._path(key))

    def abort(self, key: str, upload_id: str) -> None:
        with blob_files.disk_faults(key):
            self.parts.abort(key, upload_id)

    def url(
        self, key: str, *, expires: float, filename: str | None = None, content_type: str | None = None
    ) -> str:
        return self._sign("GET", key, expires, {}, filename=filename, content_type=content_type).url

    def presign_put(
        self, key: str, *, expires: float, content_type: str | None = None, size: int | None = None
    ) -> SignedRequest:
        headers = {} if content_type is None else {"Content-Type": content_type}
        return self._sign("PUT", key, expires, headers, content_type=content_type, size=size)

    def presign_post(
        self,
        key: str,
        *,
        expires: float,
        size_limit: int,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> SignedPost:
        grant = Grant(
            "POST",
            check_key(key),
            self._until(expires),
            content_type=content_type,
            size_limit=size_limit,
            metadata=dict(metadata or {}),
        )
        return SignedPost(self._base_url, blob_signing.sign_form(self.secret(), grant))

    def part_url(
        self, key: str, upload_id: str, number: int, *, expires: float, md5: str | None = None
    ) -> SignedRequest:
        headers = {} if md5 is None else {"Content-MD5": md5}
        claims = {"upload_id": upload_id, "part": check_part_number(number), "md5": md5}
        return self._sign("PUT", key, expires, headers, **claims)

    def secret(self) -> bytes:
        """Return what signs the links of this folder."""
        if self._secret is None:
            self._secret = read_secret(self._secret_file)
        return self._secret

    def now(self) -> float:
        """Return the time by which links end, in epoch seconds."""
        return self._clock()

    def keep(self, key: str, stream: Source, promise: Promise) -> Stat:
        """Store a stream that holds its promise; return what was stored."""
        self._keep(key, Intake(stream, promise), OCTETS)
        with blob_files.disk_faults(key):
            return _stat(key, self._path(key).stat())

    def _sign(
        self, method: str, key: str, expires: float, headers: Mapping[str, str], **claims: Any
    ) -> SignedRequest:
        grant = Grant(method, check_key(key), self._until(expires), **claims)
        return SignedRequest(method, blob_signing.sign_url(self.secret(), self._base_url, grant), headers)

    def _until(self, expires: float) -> int:
        return int(self.now()) + check_expiry(expires)

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _keep(self, key: str | None, intake: Intake, content_type: str) -> Blob:
        name = "a new blob" if key is None else check_key(key)
        with blob_files.disk_faults(name), blob_files.temporary(self._root) as path:
            blob_files.write(path, intake.chunks())
            kept = media_key(intake.sha256) if key is None else key
            blob_files.publish(path, self._path(kept), self._root)
        return Blob(kept, intake.sha256, intake.size, content_type)

    def _link_media(self, key: str, content_type: str, promise: Promise) -> Blob:
        """Give the content of an upload its second name; a hard link, so that nobody changes it meanwhile."""
        with blob_files.disk_faults(key), blob_files.temporary(self._root) as path:
            path.hardlink_to(self._path(key))
            with path.open("rb") as file:
                intake = Intake(file, promise)
                intake.drain()
            kept = media_key(intake.sha256)
            blob_files.publish(path, self._path(kept), self._root)
        return Blob(kept, intake.sha256, intake.size, content_type)

    def _adopted(self, key: str) -> Blob:
        with self.open(adopted_key(key)) as note:
            blob = msgspec.json.decode(note.read(), type=Blob)
        if self.stat(blob.key) is None:  # swept since: a record of it would point to nothing
            raise NotFound(f"what the upload {key} became is no longer here")
        return blob


def _stat(key: str, found: os.stat_result) -> Stat:
    """Describe a file; content under its digest never changes, any other file is known by its inode and time."""
    changing = f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_size:x}"
    etag = key.removeprefix(MEDIA) if key.startswith(MEDIA) else changing
    return Stat(key, found.st_size, etag, found.st_mtime)
