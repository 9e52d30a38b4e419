"""What a call says by name: in its form, as multipart, or as one JSON object; else in its query."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import falcon
import msgspec
from falcon import Request
from falcon.media.multipart import MultipartFormHandler

from api.bodies import essence, has_body, read_bytes, stream_of
from api.faults import BODY
from darkroom.errors import Invalid, TooLarge

FIELDS_LIMIT = 100
SLACK_BYTES = 1 << 16  # what a multipart form has around its parts


class Fields:
    """The values of one call, as text; of twins the first counts."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def get(self, name: str) -> str | None:
        """Return the text, None when it is not given. Raises Invalid for what no column can hold."""
        text = self._values.get(name)
        if text is not None and "\x00" in text:
            raise Invalid(f"{name} has a NUL character", where=name)
        return text

    def needed(self, name: str) -> str:
        """Return the text. Raises Invalid when it is not given."""
        text = self.get(name)
        if text is None:
            raise Invalid(f"the parameter {name} is missing", where=name)
        return text


def fields_of(req: Request, limit: int) -> Fields:
    """Return what the call says; its body wins over its query. limit: bytes of the body. Raises Invalid, TooLarge."""
    return Fields(_first([*_body(req, limit), *_pairs(req.query_string)]))


def fields_of_form(form: bytes, query: str) -> Fields:
    """Return what a form says that was unpacked already. Raises Invalid."""
    return Fields(_first([*_pairs(_text(form, "the form")), *_pairs(query)]))


def _body(req: Request, limit: int) -> list[tuple[str, str]]:
    if not has_body(req):
        return []
    match essence(req):
        case falcon.MEDIA_MULTIPART:
            return _multipart(req, limit)
        case falcon.MEDIA_JSON:
            return _object(read_bytes(req, limit))
        case _:
            return _pairs(_text(read_bytes(req, limit), "the form"))


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_LIMIT, errors="strict")
    except UnicodeDecodeError as error:
        raise Invalid("the form is not UTF-8", where=BODY) from error
    except ValueError as error:
        raise Invalid(f"more than {FIELDS_LIMIT} fields", where=BODY, limit=FIELDS_LIMIT) from error


def _object(raw: bytes) -> list[tuple[str, str]]:
    """Return the members of one JSON object, those that are no text as the JSON that they are."""
    try:
        members = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return [(name, _member(bytes(value))) for name, value in members.items()]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Invalid(f"the body is no JSON object: {error}", where=BODY) from error


def _member(raw: bytes) -> str:
    return str(msgspec.json.decode(raw)) if raw.startswith(b'"') else raw.decode()


def _multipart(req: Request, limit: int) -> list[tuple[str, str]]:
    form = open_form(req, limit + SLACK_BYTES, limit)
    return [(part.name or "", _text(part.get_data(), part.name or "a part")) for part in form]


def open_form(req: Request, limit: int, part_limit: int) -> Any:
    """Return the parts of a multipart body as they arrive, up to `limit` bytes. part_limit: of one read as a whole.

    Raises TooLarge at once when more is announced; what comes in chunks breaks off at the limit.
    """
    if (req.content_length or 0) > limit:
        raise TooLarge(f"a body has at most {limit} bytes", limit=limit, where=BODY)
    handler = MultipartFormHandler()
    handler.parse_options.max_body_part_count = FIELDS_LIMIT
    handler.parse_options.max_body_part_buffer_size = part_limit
    stream: Any = stream_of(req)
    return handler.deserialize(stream, req.content_type or "", req.content_length or limit)


def _text(raw: bytes, what: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise Invalid(f"{what} is not UTF-8: byte {error.start + 1}", where=BODY) from error


def _first(pairs: list[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in pairs:
        values.setdefault(name, value)
    return values
