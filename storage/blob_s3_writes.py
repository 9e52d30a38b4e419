"""The two ways bytes come to rest in a bucket: a stream in parts, and a copy within the service."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from storage.blob_values import Stat

# A larger copy goes in pieces of this size: each answers well within the read timeout, and S3 copies 5 GiB at most.
COPY_PIECE = 256 << 20


def upload(driver: Any, bucket: str, key: str, chunks: Iterable[bytes], content_type: str) -> None:
    """Store the chunks as one blob, visible when all of them were given; when giving them fails nothing is left."""
    place = {"Bucket": bucket, "Key": key}
    place["UploadId"] = driver.create_multipart_upload(**place, ContentType=content_type)["UploadId"]
    try:
        parts = [
            {
                "PartNumber": number,
                "ETag": driver.upload_part(**place, PartNumber=number, Body=chunk)["ETag"],
            }
            for number, chunk in enumerate(chunks, 1)
        ]
        driver.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
    except BaseException:
        forget(driver, place)
        raise


def copy(
    driver: Any, bucket: str, source: Stat, key: str, *, content_type: str, piece: int = COPY_PIECE
) -> None:
    """Copy a blob within the service; a change since `source` was taken is noticed by most servers, not by all."""
    place = {"Bucket": bucket, "Key": key}
    origin = {"CopySource": {"Bucket": bucket, "Key": source.key}, "CopySourceIfMatch": f'"{source.etag}"'}
    if source.size <= piece:
        driver.copy_object(**place, **origin, ContentType=content_type, MetadataDirective="REPLACE")
        return
    place["UploadId"] = driver.create_multipart_upload(**place, ContentType=content_type)["UploadId"]
    try:
        parts = []
        for number, start in enumerate(range(0, source.size, piece), 1):
            span = f"bytes={start}-{min(start + piece, source.size) - 1}"
            answer = driver.upload_part_copy(**place, **origin, PartNumber=number, CopySourceRange=span)
            parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
        driver.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
    except BaseException:
        forget(driver, place)
        raise


def forget(driver: Any, place: dict[str, str]) -> None:
    """Abort an upload that failed; if the service does not answer now, `discard_unfinished` will."""
    with suppress(ClientError, BotoCoreError):
        driver.abort_multipart_upload(**place)
