"""`/blobs/…`: the signed links of the folder store, served as an S3 would."""

from typing import Any

import falcon
from falcon import Request, Response
from falcon.media.multipart import BodyPart, MultipartForm

from api import door
from api.bodies import stream_of
from api.dialects.native.envelope import envelope
from api.faults import BODY, App
from api.services import Services
from darkroom.errors import Invalid
from storage import blob_door
from storage.blob_folder import FolderBlobs
from storage.blob_values import Delivery

PREFIX = "/blobs"
FORM_FIELDS_LIMIT = 64
FIELD_BYTES_LIMIT = 64 << 10


class BlobItem:
    """One blob: whoever holds the link may do what it says, without a token."""

    anonymous = True
    speaks = ""

    def __init__(self, blobs: FolderBlobs) -> None:
        self._blobs = blobs

    def on_get(self, req: Request, resp: Response, key: str) -> None:
        delivery = self._deliver(req, resp, key)
        if delivery is not None and delivery.body is not None:
            resp.set_stream(delivery.body, delivery.span.length if delivery.span else delivery.stat.size)

    def on_head(self, req: Request, resp: Response, key: str) -> None:
        delivery = self._deliver(req, resp, key)
        if delivery is not None and delivery.body is not None:
            delivery.body.close()
            resp.content_length = delivery.span.length if delivery.span else delivery.stat.size

    def on_put(self, req: Request, resp: Response, key: str) -> None:
        grant = blob_door.permit(self._blobs, "PUT", key, req.params)
        md5 = req.get_header("Content-MD5")
        etag = blob_door.receive(self._blobs, grant, stream_of(req), req.content_length, md5)
        resp.set_header("ETag", f'"{etag}"')

    def _deliver(self, req: Request, resp: Response, key: str) -> Delivery | None:
        grant = blob_door.permit(self._blobs, req.method, key, req.params)
        try:
            delivery = self._blobs.get(
                key,
                if_none_match=req.get_header("If-None-Match"),
                range=req.get_header("Range"),
                if_range=req.get_header("If-Range"),
            )
        except Invalid as error:
            if error.where != "Range":
                raise
            raise falcon.HTTPRangeNotSatisfiable(int(error.limit or 0), description=error.message) from error
        resp.set_header("ETag", f'"{delivery.stat.etag}"')
        resp.set_header("Accept-Ranges", "bytes")
        resp.set_header("Cache-Control", "private, max-age=3600")
        if delivery.body is None:
            resp.status = 304
            resp.content_type = None
            return None
        resp.set_headers(blob_door.headers(grant))
        if delivery.span is not None:
            start, length = delivery.span.start, delivery.span.length
            resp.status = 206
            resp.set_header("Content-Range", f"bytes {start}-{start + length - 1}/{delivery.stat.size}")
        return delivery


class BlobForms:
    """Where a browser posts a signed form; its file comes last."""

    anonymous = True
    speaks = ""

    def __init__(self, blobs: FolderBlobs) -> None:
        self._blobs = blobs

    def on_post(self, req: Request, resp: Response) -> None:
        form: Any = req.get_media()
        if not isinstance(form, MultipartForm):
            raise falcon.HTTPUnsupportedMediaType(description="send multipart/form-data")
        fields: dict[str, str] = {}
        for part in form:
            if part.name == "file":
                etag = self._receive(fields, part)
                resp.set_header("ETag", f'"{etag}"')
                resp.status = 204
                return
            fields[part.name or ""] = part.get_text() or ""
        raise Invalid("the form has no field 'file'", where=BODY)

    def _receive(self, fields: dict[str, str], part: BodyPart) -> str:
        grant = blob_door.permit_form(self._blobs, fields)
        return blob_door.receive(self._blobs, grant, part.stream, None)


def build(services: Services) -> App:
    """Return the app of the folder store; there is none for another store."""
    app = door.open_door(services, envelope, lambda req: None)
    form = falcon.media.MultipartFormHandler()
    form.parse_options.max_body_part_count = FORM_FIELDS_LIMIT
    form.parse_options.max_body_part_buffer_size = FIELD_BYTES_LIMIT
    app.req_options.media_handlers[falcon.MEDIA_MULTIPART] = form
    if isinstance(services.blobs, FolderBlobs):
        app.add_route("/blobs", BlobForms(services.blobs))
        app.add_route("/blobs/{key:path}", BlobItem(services.blobs))
    return app
