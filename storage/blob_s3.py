"""Blobs in a bucket of any S3 service."""

import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from darkroom.errors import Invalid, NotFound, TooLarge
from darkroom.settings import Settings
from storage import blob_ranges
from storage.blob_disposition import disposition
from storage.blob_intake import Intake, Promise, Source, md5_hex
from storage.blob_reader import RangeReader
from storage.blob_s3_clients import Clients, ClientsPerProcess
from storage.blob_s3_faults import s3_faults
from storage.blob_s3_reads import Bucket, describe
from storage.blob_s3_writes import copy, upload
from storage.blob_signing import META
from storage.blob_values import (
    INCOMING,
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
    check_span,
    media_key,
)


class S3Blobs:
    """The store in one bucket. `storage.blobs.Blobs` says what each verb does."""

    def __init__(self, settings: Settings) -> None:
        self._bucket = settings.s3_bucket
        self._region = settings.s3_region
        self._clients = ClientsPerProcess(settings)

    @property
    def _s3(self) -> Clients:
        return self._clients.get()

    @property
    def _shelf(self) -> Bucket:
        return Bucket(self._s3.mover, self._bucket)

    def prepare(self, origins: Sequence[str] = ()) -> None:
        with s3_faults(f"bucket {self._bucket}"):
            if not self._s3.mover.bucket_exists(self._bucket):
                self._s3.mover.make_bucket(self._bucket, self._region)
            if origins:
                rule = {
                    "AllowedOrigins": list(origins),
                    "AllowedMethods": ["GET", "HEAD", "PUT", "POST"],
                    "AllowedHeaders": ["*"],
                    "ExposeHeaders": ["ETag", "Content-Range", "Accept-Ranges"],
                    "MaxAgeSeconds": 3600,
                }
                self._s3.driver.put_bucket_cors(Bucket=self._bucket, CORSConfiguration={"CORSRules": [rule]})

    def check(self) -> None:
        name = f"check/{uuid.uuid4().hex}"
        self.put(name, io.BytesIO(b"darkroom"))
        self.read_range(name, 0, 8)
        self.delete(name)

    def close(self) -> None:
        self._clients.close()

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
        name = "a new blob" if key is None else check_key(key)
        intake = Intake(stream, Promise(size_limit=size_limit, size=expect_size, sha256=expect_sha256))
        chunks = intake.chunks()
        first, second = next(chunks, b""), next(chunks, None)
        with s3_faults(name):
            if second is None:  # all of it is here, and as promised
                kept = key or media_key(intake.sha256)
                self._s3.driver.put_object(
                    Bucket=self._bucket, Key=kept, Body=first, ContentType=content_type
                )
            else:
                kept = self._upload(key, intake, chain([first, second], chunks), content_type)
        return Blob(kept, intake.sha256, intake.size, content_type)

    def put_file(self, key: str | None, path: Path, *, content_type: str = OCTETS) -> Blob:
        with path.open("rb") as file:
            return self.put(key, file, content_type=content_type, expect_size=path.stat().st_size)

    def open(self, key: str) -> RangeReader:
        stat = self._shelf.must(key)
        shelf = self._shelf
        return RangeReader(lambda start, length: shelf.read(stat, Span(start, length)), stat.size)

    def local_path(self, key: str) -> Path | None:
        return None

    def read_range(self, key: str, start: int, length: int) -> bytes:
        check_span(start, length)
        return self._shelf.read_some(check_key(key), Span(start, length))

    def get(
        self,
        key: str,
        *,
        if_none_match: str | None = None,
        range: str | None = None,
        if_range: str | None = None,
    ) -> Delivery:
        stat = self._shelf.must(key)
        if blob_ranges.is_match(if_none_match, stat.etag):
            return Delivery(stat)
        span = blob_ranges.choose(stat, range, if_range)
        served = span or Span(0, stat.size)
        return Delivery(stat, span, Body(self._shelf.stream(stat, served), served.length))

    def stat(self, key: str) -> Stat | None:
        return self._shelf.stat(key)

    def list(self, prefix: str = "", older_than: float | None = None) -> Iterator[Stat]:
        with s3_faults(prefix):
            for found in self._s3.mover.list_objects(self._bucket, prefix, recursive=True):
                stat = describe(str(found.object_name), found)
                if older_than is None or stat.modified < older_than:
                    yield stat

    def delete(self, key: str, *, older_than: float | None = None) -> bool:
        if (
            older_than is not None
        ):  # S3 has no conditional removal: what is renewed within this round trip is lost
            stat = self.stat(key)
            if stat is not None and stat.modified >= older_than:
                return False
        with s3_faults(key):
            self._s3.mover.remove_object(self._bucket, check_key(key))
        return True

    def adopt(
        self,
        key: str,
        *,
        content_type: str = OCTETS,
        size_limit: int | None = None,
        expect_sha256: str | None = None,
    ) -> Blob:
        stat = self.stat(key)
        if stat is None:
            return self._adopted(key)
        if size_limit is not None and stat.size > size_limit:
            raise TooLarge(f"more than {size_limit} bytes", limit=size_limit, where="body")
        blob = self._adopt(stat, Promise(size_limit=size_limit, sha256=expect_sha256), content_type)
        self.put(adopted_key(key), io.BytesIO(msgspec.json.encode(blob)))
        self.delete(key)
        return blob

    def _adopted(self, key: str) -> Blob:
        with self.open(adopted_key(key)) as note:
            blob = msgspec.json.decode(note.read(), type=Blob)
        if self.stat(blob.key) is None:  # swept since: a record of it would point to nothing
            raise NotFound(f"what the upload {key} became is no longer here")
        return blob

    def copy(self, key: str, to: str, *, content_type: str = OCTETS) -> None:
        stat = self._shelf.must(key)
        with s3_faults(key):
            copy(self._s3.driver, self._bucket, stat, check_key(to), content_type=content_type)

    def discard_unfinished(self, older_than: float) -> int:
        pages = self._s3.driver.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket)
        with s3_faults("unfinished uploads"):
            uploads = [upload for page in pages for upload in page.get("Uploads", [])]
            stale = [upload for upload in uploads if upload["Initiated"].timestamp() < older_than]
            for found in stale:
                self.abort(found["Key"], found["UploadId"])
        return len(stale)

    def init(self, key: str, content_type: str = OCTETS) -> str:
        place = {"Bucket": self._bucket, "Key": check_key(key)}
        with s3_faults(key):
            return str(self._s3.driver.create_multipart_upload(**place, ContentType=content_type)["UploadId"])

    def put_part(self, key: str, upload_id: str, number: int, data: bytes, md5: str | None = None) -> str:
        checked = {} if md5 is None else {"ContentMD5": _checked(md5)}
        place = self._place(key, upload_id, number)
        with s3_faults(key):
            return str(self._s3.driver.upload_part(**place, **checked, Body=data)["ETag"].strip('"'))

    def list_parts(self, key: str, upload_id: str) -> Sequence[Part]:
        pages = self._s3.driver.get_paginator("list_parts").paginate(**self._place(key, upload_id))
        with s3_faults(key):
            return [
                Part(part["PartNumber"], part["Size"], part["ETag"].strip('"'))
                for page in pages
                for part in page.get("Parts", [])
            ]

    def complete(self, key: str, upload_id: str, parts: Sequence[Part]) -> None:
        named = [{"PartNumber": part.number, "ETag": f'"{part.etag}"'} for part in parts]
        if not named:
            raise Invalid("parts are named once each, in ascending order", where="parts")
        with s3_faults(key):
            self._s3.driver.complete_multipart_upload(
                **self._place(key, upload_id), MultipartUpload={"Parts": named}
            )

    def abort(self, key: str, upload_id: str) -> None:
        try:
            with s3_faults(key):
                self._s3.driver.abort_multipart_upload(**self._place(key, upload_id))
        except NotFound:
            return

    def url(
        self, key: str, *, expires: float, filename: str | None = None, content_type: str | None = None
    ) -> str:
        named = {} if filename is None else {"ResponseContentDisposition": disposition(filename)}
        typed = {} if content_type is None else {"ResponseContentType": content_type}
        return self._sign("get_object", expires, self._place(key) | named | typed)

    def presign_put(
        self, key: str, *, expires: float, content_type: str | None = None, size: int | None = None
    ) -> SignedRequest:
        typed = {} if content_type is None else {"ContentType": content_type}
        sized = {} if size is None else {"ContentLength": size}
        url = self._sign("put_object", expires, self._place(key) | typed | sized)
        return SignedRequest("PUT", url, {} if content_type is None else {"Content-Type": content_type})

    def presign_post(
        self,
        key: str,
        *,
        expires: float,
        size_limit: int,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> SignedPost:
        fields = {META + name: value for name, value in (metadata or {}).items()}
        if content_type is not None:
            fields["Content-Type"] = content_type
        limits = [["content-length-range", 0, size_limit], *({name: value} for name, value in fields.items())]
        with s3_faults(key):
            signed = self._s3.signer.generate_presigned_post(
                self._bucket,
                check_key(key),
                Fields=fields,
                Conditions=limits,
                ExpiresIn=check_expiry(expires),
            )
        return SignedPost(signed["url"], signed["fields"])

    def part_url(
        self, key: str, upload_id: str, number: int, *, expires: float, md5: str | None = None
    ) -> SignedRequest:
        checked = {} if md5 is None else {"ContentMD5": _checked(md5)}
        url = self._sign("upload_part", expires, self._place(key, upload_id, number) | checked)
        return SignedRequest("PUT", url, {} if md5 is None else {"Content-MD5": md5})

    def _place(self, key: str, upload_id: str | None = None, number: int | None = None) -> dict[str, Any]:
        place: dict[str, Any] = {"Bucket": self._bucket, "Key": check_key(key)}
        if upload_id is not None:
            place["UploadId"] = upload_id
        if number is not None:
            place["PartNumber"] = check_part_number(number)
        return place

    def _sign(self, verb: str, expires: float, place: Mapping[str, Any]) -> str:
        seconds = check_expiry(expires)
        with s3_faults(place["Key"]):
            return str(self._s3.signer.generate_presigned_url(verb, Params=place, ExpiresIn=seconds))

    def _upload(self, key: str | None, intake: Intake, chunks: Iterator[bytes], content_type: str) -> str:
        """Store a long stream; one without a key waits in `incoming/` until its digest is known."""
        if key is not None:
            upload(self._s3.driver, self._bucket, key, chunks, content_type)
            return key
        waiting = f"{INCOMING}put-{uuid.uuid4().hex}"
        upload(self._s3.driver, self._bucket, waiting, chunks, content_type)
        kept = media_key(intake.sha256)
        copy(self._s3.driver, self._bucket, self._shelf.must(waiting), kept, content_type=content_type)
        self.delete(waiting)
        return kept

    def _adopt(self, stat: Stat, promise: Promise, content_type: str) -> Blob:
        """Copy an upload to where its client cannot reach it, hash that, and give it its name.

        The client may still overwrite the upload itself, and not every server honours x-amz-copy-source-if-match.
        """
        driver, aside = self._s3.driver, f"{INCOMING}adopt-{uuid.uuid4().hex}"
        try:
            with s3_faults(stat.key):
                copy(driver, self._bucket, stat, aside, content_type=content_type)
            pinned = self._shelf.must(aside)
            intake = Intake(self._shelf.stream(pinned, Span(0, pinned.size)), promise)
            intake.drain()
            with s3_faults(stat.key):
                copy(driver, self._bucket, pinned, media_key(intake.sha256), content_type=content_type)
        finally:
            self.delete(aside)
        return Blob(media_key(intake.sha256), intake.sha256, intake.size, content_type)


def _checked(md5: str) -> str:
    md5_hex(md5)
    return md5
