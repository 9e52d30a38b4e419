"""Samples on their way in: uploads to a device, the list of them, one of them, and its undoing."""

import falcon
from falcon import Request, Response

from api import cursors, samples
from api.bodies import essence, has_body, stream_of, write_json
from api.dialects.native import channel_wire as wire
from api.dialects.native.channel_views import refusal, upload_view
from api.dialects.native.wire import PageQuery
from api.faults import BODY
from api.samples import Taken
from api.services import Services
from api.typed import Answer, operation
from darkroom.errors import Invalid, NotFound
from storage import jobs, streams
from storage.engine import read
from storage.streams import Encoding, Form, Format

CSV = "text/csv"
ARROW = "application/vnd.apache.arrow.stream"
PARQUET = "application/vnd.apache.parquet"
RETRY_SECONDS = 1  # after which it is worth asking for the job

PUBLISHED = Answer("published: everybody who may can read it", wire.SampleUpload)
PENDING = Answer(
    "written down; it is published, or its job says why not",
    wire.SampleUpload,
    headers=("Location", "Retry-After"),
)


class DeviceSamples:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Upload samples",
        query=wire.SamplesQuery,
        body=wire.SamplesBlock,
        raw_body=True,
        raw_types=(CSV, ARROW, PARQUET),
        headers={"Content-Encoding": "`gzip` or `zstd`"},
        answers={200: PUBLISHED, 202: PENDING},
        faults=(409, 411),
    )
    def on_post(self, req: Request, resp: Response, device: str, query: wire.SamplesQuery) -> None:
        """All of it or nothing. A first column of seconds since 1970, then one per channel: of CSV, Arrow and Parquet the
        names of the columns name the channels, which are made when they are not there. What is small is published
        before the answer; else, or when `wait` is over, `202` and the job. The same bytes again are answered by the
        upload that was there.
        """
        form = Form(format=_format_of(req), encoding=_encoding_of(req))
        if req.content_length is not None and not has_body(req):
            raise Invalid("the body is missing", where=BODY)
        taken = samples.take(
            self.services,
            req.context.caller.user_id,
            device,
            form,
            stream_of(req),
            dialect="native",
            wait=query.wait,
            size=req.content_length,
        )
        answer_taken(resp, taken)

    def on_get(self, req: Request, resp: Response, device: str) -> None:
        """Refuse to read samples of a whole device."""
        raise NotFound(
            "samples are read of one channel, and this names none", hint="GET …/{device}.{channel}/samples"
        )


class SampleUploadList:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "List the uploads of a device",
        query=PageQuery,
        answers={200: Answer("a page, newest first", wire.SampleUploadPage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, device: str, query: PageQuery) -> None:
        if not device.isprintable():  # PostgreSQL refuses to look for a NUL
            raise NotFound("there is no device of this name")
        with read(self.services.engine) as db:
            page = streams.find_uploads(
                db,
                req.context.caller.user_id,
                device,
                before_id=cursors.decode(query.cursor),
                limit=query.limit,
            )
            job_by_id = jobs.by_ids(db, [upload.job for upload in page if upload.state == "pending"])
        cursor = cursors.encode(page[-1].id) if len(page) == query.limit else None
        cursors.link(req, resp, cursor)
        views = [upload_view(upload, job_by_id.get(upload.job)) for upload in page]
        write_json(resp, wire.SampleUploadPage(uploads=views, next_cursor=cursor))


class SampleUploadItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Look at an upload of samples", answers={200: Answer("as it is", wire.SampleUpload)})
    def on_get(self, req: Request, resp: Response, device: str, upload: int) -> None:
        with read(self.services.engine) as db:
            found = streams.get_upload(db, req.context.caller.user_id, upload)
            job = jobs.get(db, found.job, None)
        _check_device(found.device, device, upload)
        write_json(resp, upload_view(found, job))

    @operation(
        "Undo an upload of samples",
        query=wire.SamplesQuery,
        answers={200: PUBLISHED, 202: PENDING},
        faults=(409,),
    )
    def on_delete(
        self, req: Request, resp: Response, device: str, upload: int, query: wire.SamplesQuery
    ) -> None:
        """What it had written over comes to light again; what later uploads wrote stays. The answer is the upload that
        does this. One that is not published, is undone already, or undoes another: 409.
        """
        owner = req.context.caller.user_id
        with read(self.services.engine) as db:
            _check_device(streams.get_upload(db, owner, upload).device, device, upload)
        taken = samples.undo(self.services, owner, upload, dialect="native", wait=query.wait)
        answer_taken(resp, taken)


def answer_taken(resp: Response, taken: Taken) -> None:
    """Answer with an upload as it stands. Raises what says why it was refused."""
    if not taken.is_published() and taken.job.has_ended():
        raise refusal(taken.upload, taken.job)
    view = upload_view(taken.upload, taken.job)
    if taken.is_published():
        write_json(resp, view)
        return
    write_json(resp, view, 202)
    resp.location = f"/v1/jobs/{taken.job.id}"
    resp.set_header("Retry-After", str(RETRY_SECONDS))


def _check_device(actual: str, said: str, upload: int) -> None:
    if actual != said:
        raise NotFound(f"there is no upload {upload} of this device")


def _format_of(req: Request) -> Format:
    match essence(req):
        case "" | falcon.MEDIA_JSON:
            return "json"
        case "text/csv":
            return "csv"
        case "application/vnd.apache.arrow.stream":
            return "arrow"
        case "application/vnd.apache.parquet":
            return "parquet"
    raise falcon.HTTPUnsupportedMediaType(
        description=f"samples come as {falcon.MEDIA_JSON}, {CSV}, {ARROW} or {PARQUET}"
    )


def _encoding_of(req: Request) -> Encoding:
    said = (req.get_header("Content-Encoding") or "").strip().lower()
    match said:
        case "" | "identity":
            return ""
        case "gzip" | "zstd":
            return said
    raise falcon.HTTPUnsupportedMediaType(description="a Content-Encoding is gzip or zstd")
