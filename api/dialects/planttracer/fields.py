"""What a call says: its query and its form as one, where the query wins and the first of twins counts."""

import io
from collections.abc import Iterable
from urllib.parse import parse_qsl

import falcon
from falcon import Request
from falcon.media.multipart import MultipartForm, MultipartFormHandler

from api.bodies import essence, has_body, read_bytes
from api.faults import BODY
from darkroom.errors import Invalid

FIELDS_LIMIT = 200  # names in one call; the client sends a dozen
DIGITS_LIMIT = 18  # of a whole number: what the ledger can hold
TRUE = "yYtT1"  # the first letter of what the client means by true

Pairs = Iterable[tuple[str, str]]


class Fields:
    """The values of one call, by name, each as text."""

    def __init__(self, *sources: Pairs) -> None:
        self._values: dict[str, str] = {}
        for source in sources:
            for name, value in source:
                self._values.setdefault(name, value)

    def get(self, name: str) -> str | None:
        """Return the text, None when it is not given."""
        return self._values.get(name)

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, default)

    def number(self, name: str) -> int | None:
        """Return a whole number; None when it is not given or is no such number, as the client expects."""
        text = self._values.get(name, "").strip()
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_LIMIT):
            return None
        return int(text)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return the truth; given but empty is true."""
        text = self._values.get(name)
        return default if text is None else text[:1] in TRUE


def fields_of(req: Request, limit: int) -> Fields:
    """Return what the call says, read once. limit: bytes of its form. JSON is not looked at.

    Raises Invalid, TooLarge.
    """
    known = getattr(req.context, "fields", None)
    if not isinstance(known, Fields):
        known = req.context.fields = Fields(_pairs(req.query_string, "query"), _form(req, limit))
    return known


def _form(req: Request, limit: int) -> Pairs:
    kind = essence(req)
    if kind not in {falcon.MEDIA_URLENCODED, falcon.MEDIA_MULTIPART} or not has_body(req):
        return ()
    raw = read_bytes(req, limit)
    if kind == falcon.MEDIA_URLENCODED:
        return _pairs(raw.decode("ascii", "replace"), BODY)
    return _multipart(raw, req.content_type or "")


def _pairs(text: str, where: str) -> Pairs:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_LIMIT)
    except ValueError as error:
        raise Invalid(f"more than {FIELDS_LIMIT} fields", where=where, limit=FIELDS_LIMIT) from error
    return _checked(pairs, where)


def _multipart(raw: bytes, content_type: str) -> Pairs:
    handler = MultipartFormHandler()
    handler.parse_options.max_body_part_count = FIELDS_LIMIT
    handler.parse_options.max_body_part_buffer_size = len(raw)
    form = handler.deserialize(io.BytesIO(raw), content_type, len(raw))
    return _checked(_parts(form), BODY)


def _parts(form: MultipartForm) -> Pairs:
    # A part that is a file has nothing to say here: movies go to the store, under a signed form.
    return [
        (part.name or "", part.get_data().decode("utf-8", "replace"))
        for part in form
        if part.filename is None
    ]


def _checked(pairs: Pairs, where: str) -> Pairs:
    checked = list(pairs)
    for name, value in checked:
        if "\x00" in value:  # no text column of PostgreSQL can hold it
            raise Invalid(f"{name} has a NUL character", where=where)
    return checked
