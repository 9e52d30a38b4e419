"""The ways in which samples are sent here: a form, multipart, the query, one JSON object, or blocks of JSON as they are."""

import io
import re
import zlib
from typing import Literal

import falcon
import msgspec
from falcon import Request
from msgspec import Struct

from api.bodies import essence, has_body, read_bytes, stream_of
from api.dialects.fluxtream.fields import Fields, fields_of, fields_of_form
from api.faults import BODY
from darkroom.errors import Invalid, TooLarge
from storage.blob_intake import Source
from storage.streams import Form

Encoding = Literal["", "gzip", "zstd"]
ENCODINGS: dict[str, Encoding] = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}
NAME_LIMIT = 200  # characters of a device
COLUMNS_LIMIT = 10_000
_STRANGE = re.compile(r"[^0-9A-Za-z_]")
_GZIP = 16 + zlib.MAX_WBITS


class Sent(Struct, frozen=True):
    """Samples on their way: of which device, how to be read, and the bytes, which are read once, with their told number."""

    device: str
    form: Form
    body: Source
    size: int | None = None


def read_blocks(req: Request) -> Sent:
    """Return a body of JSON blocks, which is not read here. Raises Invalid, and 415 for an unknown encoding."""
    device = read_device(req.get_param("dev_nickname"))
    if not has_body(req):
        raise Invalid("the body is missing", where=BODY)
    return Sent(device, Form(format="json", encoding=_encoding_of(req)), stream_of(req), req.content_length)


def read_form(req: Request, limit: int) -> Sent:
    """Return what a call says in whichever form. limit: bytes of a form, as received and unpacked.

    A JSON body beside `dev_nickname` in the query is one or more blocks, taken as they are. Raises Invalid, TooLarge.
    """
    if essence(req) == falcon.MEDIA_JSON and req.get_param("dev_nickname") is not None:
        return read_blocks(req)
    fields = _fields(req, limit)
    device = read_device(fields.get("dev_nickname"))
    names = _read_names(fields.needed("channel_names"))
    data = fields.needed("data").encode()
    return Sent(device, Form(format="rows", channel_names=names), io.BytesIO(data))


def read_device(name: str | None) -> str:
    """Return the device's name as it is kept: what is no letter, digit or underscore becomes one. Raises Invalid."""
    if name is None:
        raise Invalid("the parameter dev_nickname is missing", where="dev_nickname")
    if not name or name.startswith(".") or name.endswith(".") or ".." in name:
        raise Invalid(
            f"dev_nickname {name!r} is empty, or has a dot at an end or two in a row", where="dev_nickname"
        )
    if len(name) > NAME_LIMIT:
        raise Invalid(
            f"dev_nickname has more than {NAME_LIMIT} characters", where="dev_nickname", limit=NAME_LIMIT
        )
    return _STRANGE.sub("_", name)


def _read_names(text: str) -> list[str]:
    try:
        names = msgspec.json.decode(text.encode(), type=list[str])
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise Invalid(f"channel_names is no JSON array of texts: {error}", where="channel_names") from error
    if len(names) > COLUMNS_LIMIT:
        raise Invalid(
            f"channel_names has more than {COLUMNS_LIMIT} names", where="channel_names", limit=COLUMNS_LIMIT
        )
    return names


def _encoding_of(req: Request) -> Encoding:
    said = (req.get_header("Content-Encoding") or "").strip().lower()
    if said not in ENCODINGS:
        raise falcon.HTTPUnsupportedMediaType(description=f"the encoding {said!r} is none of gzip, zstd")
    return ENCODINGS[said]


def _fields(req: Request, limit: int) -> Fields:
    match _encoding_of(req):
        case "":
            return fields_of(req, limit)
        case "gzip" if essence(req) == falcon.MEDIA_URLENCODED:
            return fields_of_form(_unpacked(read_bytes(req, limit), limit), req.query_string)
        case _:
            raise falcon.HTTPUnsupportedMediaType(
                description="a form may be packed as gzip; other bodies as JSON, with dev_nickname in the query"
            )


def _unpacked(raw: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(raw, limit + 1)
    except zlib.error as error:
        raise Invalid(f"the body is no gzip: {error}", where=BODY) from error
    if len(plain) > limit:
        raise TooLarge(f"a form has at most {limit} bytes", limit=limit, where=BODY)
    if not unpacker.eof:
        raise Invalid("the gzip body broke off", where=BODY)
    return plain
