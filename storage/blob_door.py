"""What the API does with requests that come under a signed link of the folder store."""

from collections.abc import Mapping
from typing import Any

from storage import blob_signing
from storage.blob_disposition import disposition
from storage.blob_files import disk_faults
from storage.blob_folder import FolderBlobs
from storage.blob_intake import Promise, Source, md5_hex
from storage.blob_signing import Grant
from storage.blob_values import OCTETS, PART_MAXIMUM


def permit(blobs: FolderBlobs, method: str, key: str, query: Mapping[str, Any]) -> Grant:
    """Return what the query of a signed link permits.

    Raises Forbidden for a link that is not ours, was changed, or has expired.
    """
    return blob_signing.verify(blobs.secret(), method, key, query, blobs.now())


def permit_form(blobs: FolderBlobs, fields: Mapping[str, str]) -> Grant:
    """Return what the fields of a posted form, all but the file, permit; raises Forbidden as `permit` does."""
    return blob_signing.verify_form(blobs.secret(), fields, blobs.now())


def headers(grant: Grant) -> dict[str, str]:
    """Return how a blob is presented that is got under this grant: as the link says, and never as a page of ours."""
    named = {} if grant.filename is None else {"Content-Disposition": disposition(grant.filename)}
    return {
        "Content-Type": grant.content_type or OCTETS,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",  # what a user uploaded must not run scripts at our address
        **named,
    }


def receive(
    blobs: FolderBlobs, grant: Grant, stream: Source, size: int | None, content_md5: str | None = None
) -> str:
    """Store the body that came under a grant, a part or a whole blob; return its etag.

    size: how many bytes the sender announced. content_md5: the header of that name. Raises TooLarge beyond the
    grant's limit, Invalid for a body that broke off or has another MD5, NotFound when the upload is over.
    """
    md5 = grant.md5 or content_md5
    promise = Promise(
        size_limit=PART_MAXIMUM if grant.size_limit is None else grant.size_limit,
        size=size if grant.size is None else grant.size,
        md5=None if md5 is None else md5_hex(md5),
    )
    if grant.upload_id is None or grant.part is None:
        return blobs.keep(grant.key, stream, promise).etag
    with disk_faults(grant.key):
        return blobs.parts.put(grant.key, grant.upload_id, grant.part, stream, promise).etag
