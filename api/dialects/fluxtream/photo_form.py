"""The form by which a photo is sent: its bytes go to the store as they arrive, what is said of it is read strictly."""

import math
from typing import Any

import falcon
import msgspec
from falcon import Request
from msgspec import Struct

from api.bodies import Stream, essence, has_body
from api.dialects.fluxtream.answers import Refused
from api.dialects.fluxtream.fields import open_form
from api.dialects.fluxtream.tags import read_tags
from api.services import Services
from darkroom.errors import Invalid
from storage.blob_values import Blob

NO_FORM = "Upload failed because the Multipart was null"
PART_MISSING = "Upload failed because both the 'photo' and 'metadata' parts are required and must be non-null"
INVALID = "InvalidDataException while trying to save the photo"
UNSUPPORTED = "UnsupportedImageFormatException while trying to save the photo"
METADATA_BYTES = 1 << 16
COMMENT_LIMIT = 10_000  # characters
LATEST_SECONDS = 253_402_300_800  # the year 10000: no day of the year is written for later ones
_HEAD_BYTES = 16
_TYPES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


class Unfit(Exception):
    """The photo is refused: in these words of the wire, for this reason."""

    def __init__(self, message: str, reason: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.reason, self.status = message, reason, status


class Words(Struct, frozen=True):
    """What is said of a photo."""

    captured_ms: int
    comment: str | None
    tags: list[str]


class Sent(Struct, frozen=True):
    """A photo whose bytes are in the store."""

    blob: Blob
    words: Words


class _Begun:
    """A part whose first bytes have been looked at."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._head = self.head = stream.read(_HEAD_BYTES)

    def read(self, size: int, /) -> bytes:
        piece, self._head = self._head[:size], self._head[size:]
        return piece or self._stream.read(size)


def receive(services: Services, req: Request) -> Sent:
    """Return what the form brings. Raises Refused, Unfit, TooLarge, Invalid (where="body") when it broke off.

    What is said of the photo is judged before the photo is, as clients expect; bytes that are refused are swept.
    """
    if essence(req) != falcon.MEDIA_MULTIPART or not has_body(req):
        raise Refused(NO_FORM)
    limit = services.settings.photo_limit_bytes
    photo: Blob | Unfit | None = None
    metadata: bytes | None = None
    for part in open_form(req, limit + 2 * METADATA_BYTES, METADATA_BYTES):
        match part.name:
            case "photo" if photo is None:
                photo = _store(services, part.stream, limit)
            case "metadata" if metadata is None:
                metadata = part.get_data()
    if photo is None or metadata is None:
        raise Refused(PART_MISSING)
    words = _read_words(metadata)
    if isinstance(photo, Unfit):
        raise photo
    return Sent(photo, words)


def _store(services: Services, stream: Stream, limit: int) -> Blob | Unfit:
    """Store a photo; what kind it is, its first bytes say, whatever the form says."""
    begun = _Begun(stream)
    if not begun.head:
        return Unfit(INVALID, "the photo has no bytes")
    content_type = next((kind for head, kind in _TYPES if begun.head.startswith(head)), None)
    if content_type is None:
        return Unfit(UNSUPPORTED, "this is no JPEG, PNG or GIF", 415)
    return services.blobs.put(None, begun, content_type=content_type, size_limit=limit)


def _read_words(raw: bytes) -> Words:
    try:
        said = msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unfit(INVALID, f"metadata is no JSON object: {error}") from error
    comment = said.get("comment")
    if comment is not None and not isinstance(comment, str):
        raise Unfit(INVALID, "comment is no text")
    if comment is not None and (len(comment) > COMMENT_LIMIT or "\x00" in comment):
        raise Unfit(INVALID, f"comment has more than {COMMENT_LIMIT} characters, or a NUL")
    tags = said.get("tags")
    if tags is not None and not isinstance(tags, str):
        raise Unfit(INVALID, "tags is no comma-separated text")
    try:
        return Words(_milliseconds(said.get("capture_time_secs_utc")), comment, read_tags(tags))
    except Invalid as error:
        raise Unfit(INVALID, error.message) from error


def _milliseconds(seconds: Any) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Unfit(INVALID, "capture_time_secs_utc is missing, or no number")
    if not (math.isfinite(seconds) and 0 <= seconds < LATEST_SECONDS):
        raise Unfit(INVALID, f"capture_time_secs_utc is not within 0 and {LATEST_SECONDS}")
    return round(seconds * 1000)
