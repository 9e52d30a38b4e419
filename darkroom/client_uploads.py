"""A file on its way to the server: as one body, or in parts that can be sent again one by one."""

import mimetypes
from pathlib import Path

import msgspec
from msgspec import Struct

from darkroom.client_answers import Media, Upload, UploadPart
from darkroom.client_errors import Refused
from darkroom.client_files import Tell, read_span, sha256_of
from darkroom.client_transport import Transport

PARTS_ABOVE_BYTES = 64 << 20  # below, one request is quicker than the ceremony of parts
LINK_RENEWALS = 5  # links are good for an hour; a very slow line may outlive several
OCTETS = "application/octet-stream"


class Parcel(Struct, frozen=True):
    """A local file, its digest taken, as it will be known to the server; tell hears how far it has been sent."""

    path: Path
    name: str
    size: int
    sha256: str
    content_type: str
    tell: Tell


def pack(path: Path, name: str, tell: Tell) -> Parcel:
    """Return a file ready to be sent. Raises OSError when it cannot be read."""
    content_type = mimetypes.guess_type(name)[0] or OCTETS
    return Parcel(path, name, path.stat().st_size, sha256_of(path), content_type, tell)


def send(transport: Transport, parcel: Parcel, resume: int | None = None) -> Media:
    """Send a file and return its record. Raises ClientError."""
    if resume is not None:
        return _send_parts(transport, parcel, _look(transport, resume))
    if parcel.size > PARTS_ABOVE_BYTES:
        return _send_parts(transport, parcel, _begin(transport, parcel))
    return _send_whole(transport, parcel)


def _send_whole(transport: Transport, parcel: Parcel) -> Media:
    # A body of JSON would be read as an order for an upload in parts.
    content_type = OCTETS if "json" in parcel.content_type else parcel.content_type
    response = transport.call(
        "POST",
        "/v1/media",
        query={"name": parcel.name, "sha256": parcel.sha256},
        body=lambda: read_span(parcel.path, 0, parcel.size, parcel.tell, parcel.size),
        headers={"Content-Type": content_type, "Content-Length": str(parcel.size)},
    )
    return msgspec.json.decode(response.content, type=Media)


def _begin(transport: Transport, parcel: Parcel) -> Upload:
    order = {
        "upload": "multipart",
        "name": parcel.name,
        "size": parcel.size,
        "sha256": parcel.sha256,
        "content_type": parcel.content_type,
    }
    response = transport.call("POST", "/v1/media", json=order)
    return msgspec.json.decode(response.content, type=Upload)


def _look(transport: Transport, upload_id: int) -> Upload:
    response = transport.call("GET", f"/v1/uploads/{upload_id}")
    return msgspec.json.decode(response.content, type=Upload)


def _send_parts(transport: Transport, parcel: Parcel, upload: Upload) -> Media:
    for renewal in range(LINK_RENEWALS + 1):
        try:
            for part in upload.parts:
                _send_part(transport, parcel, upload.part_size, part)
            break
        except Refused as error:
            if error.status != 403 or renewal == LINK_RENEWALS:
                raise
            upload = _look(transport, upload.id)  # the links had expired
    response = transport.call("POST", f"/v1/uploads/{upload.id}/complete")
    return msgspec.json.decode(response.content, type=Media)


def _send_part(transport: Transport, parcel: Parcel, part_size: int, part: UploadPart) -> None:
    start = (part.number - 1) * part_size
    transport.call(
        part.method,
        part.url,
        body=lambda: read_span(parcel.path, start, part.size, parcel.tell, parcel.size),
        headers={**part.headers, "Content-Length": str(part.size)},
    )
