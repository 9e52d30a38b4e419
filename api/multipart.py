"""Uploads in parts: begun here, sent by the client to signed links, completed here into a medium."""

import math
import uuid

from msgspec import Struct

from api.services import Services
from api.uploads import find, keep_within
from darkroom.errors import Conflict, Invalid, NotFound, TooLarge
from storage import uploads
from storage.blob_values import INCOMING, PARTS_LIMIT, Blob, Part, SignedRequest, adopted_key
from storage.engine import read, write
from storage.jobs import Job
from storage.media import Media
from storage.uploads import Upload

NAMED_LIMIT = 10  # missing parts that an error names


class Transfer(Struct, frozen=True):
    """An upload, its parts received, and the size and link of those missing."""

    upload: Upload
    received: list[Part]
    missing: list[tuple[int, int, SignedRequest]]


def begin(
    services: Services, owner: int, *, name: str, size: int, content_type: str, sha256: str | None
) -> Transfer:
    """Open an upload of `size` bytes. Raises TooLarge."""
    limit = services.settings.upload_limit_bytes
    if size > limit:
        raise TooLarge(f"an upload has at most {limit} bytes", limit=limit, where="/size")
    key = INCOMING + uuid.uuid4().hex
    multipart_id = services.blobs.init(key, content_type)
    with write(services.engine) as db:
        upload = uploads.add(
            db,
            owner,
            key=key,
            multipart_id=multipart_id,
            name=name,
            content_type=content_type,
            size=size,
            part_size=max(services.settings.part_size_bytes, math.ceil(size / PARTS_LIMIT)),
            sha256=sha256,
            lifetime_seconds=services.settings.upload_expiry_seconds,
        )
    return _transfer(services, upload, [])


def look(services: Services, upload_id: int, owner: int) -> Transfer:
    """Return the upload as it stands, with fresh links. Raises NotFound."""
    with read(services.engine) as db:
        upload = uploads.get(db, upload_id, owner)
    if upload.media_id is not None:
        return Transfer(upload, [], [])
    return _transfer(services, upload, list(services.blobs.list_parts(upload.key, upload.multipart_id)))


def complete(services: Services, upload_id: int, owner: int) -> tuple[Media, Job | None]:
    """Make a medium of the parts; again, the same medium.

    Raises NotFound, Conflict while parts are missing, Invalid when one has another size or the whole another digest. The
    bytes are joined and hashed before the transaction, which would else hold up every other writer.
    """
    with read(services.engine) as db:
        upload = uploads.get(db, upload_id, owner)
    if upload.media_id is None:
        blob = _join(services, upload)
        with write(services.engine) as db:
            upload = uploads.get(db, upload_id, owner, lock=True)
            if upload.media_id is None:
                record, probe = keep_within(db, services, owner, blob, upload.name)
                uploads.complete(db, upload.id, record.id)
                ringing = probe.queue
            else:
                ringing = None
        if ringing is not None:
            services.bell.ring(ringing)
            return record, probe
    return find(services, upload.media_id or 0, owner)


def abort(services: Services, upload_id: int, owner: int) -> None:
    """Forget an upload and its parts; the medium that it became stays. Raises NotFound."""
    with read(services.engine) as db:
        upload = uploads.get(db, upload_id, owner)
    if upload.media_id is None:
        services.blobs.abort(upload.key, upload.multipart_id)
        services.blobs.delete(upload.key)
    with write(services.engine) as db:
        uploads.remove(db, upload.id)


def _transfer(services: Services, upload: Upload, received: list[Part]) -> Transfer:
    have = {part.number for part in received}
    missing = [
        (number, size, _link(services, upload, number))
        for number, size in enumerate(upload.part_sizes(), 1)
        if number not in have
    ]
    return Transfer(upload, received, missing)


def _link(services: Services, upload: Upload, number: int) -> SignedRequest:
    return services.blobs.part_url(
        upload.key, upload.multipart_id, number, expires=services.settings.url_expiry_seconds
    )


def _join(services: Services, upload: Upload) -> Blob:
    if not _is_joined(services, upload):
        try:
            parts = list(services.blobs.list_parts(upload.key, upload.multipart_id))
            check_parts(upload, parts)
            services.blobs.complete(upload.key, upload.multipart_id, parts)
        except NotFound:
            if not _is_joined(services, upload):  # nor by another request for the same, meanwhile
                raise
    return services.blobs.adopt(
        upload.key,
        content_type=upload.content_type,
        size_limit=services.settings.upload_limit_bytes,
        expect_sha256=upload.sha256,
    )


def _is_joined(services: Services, upload: Upload) -> bool:
    keys = (upload.key, adopted_key(upload.key))  # in this order: the note is there before the blob goes
    return any(services.blobs.stat(key) is not None for key in keys)


def check_parts(upload: Upload, parts: list[Part]) -> None:
    """Raise Conflict unless every part is there, Invalid when one has another size than was announced."""
    size_by_number = {part.number: part.size for part in parts}
    wanted = dict(enumerate(upload.part_sizes(), 1))
    missing = [number for number in wanted if number not in size_by_number]
    if missing:
        named = ", ".join(map(str, missing[:NAMED_LIMIT])) + (" …" if len(missing) > NAMED_LIMIT else "")
        raise Conflict(
            f"{len(missing)} of {len(wanted)} parts are missing: {named}",
            hint=f"GET /v1/uploads/{upload.id} links them",
        )
    for number, size in size_by_number.items():
        if size != wanted.get(number):
            raise Invalid(
                f"part {number} has {size} bytes, {wanted.get(number, 0)} were announced",
                where="parts",
                limit=wanted.get(number, 0),
            )
