"""Media: upload as plain bytes or begin an upload in parts, look, list, fetch, forget."""

import time

from falcon import Request, Response

from api import conditional, cursors, multipart, uploads
from api.bodies import is_json, read_json, write_json
from api.dialects.native import translate, wire
from api.dialects.native.resources.results import SEE, finished, see_other
from api.names import name_of
from api.services import Services
from api.typed import Answer, operation, to_struct
from darkroom.errors import Invalid
from storage import jobs, traces
from storage.engine import read
from storage.jobs import Job
from storage.media import Media

BUSY_SECONDS = 2  # after which to ask again, when too many wait already


class MediaList:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Upload a movie, or keep a result",
        query=wire.MediaQuery,
        body=wire.UploadOrder,
        raw_body=True,
        other_bodies=(wire.KeepOrder,),
        headers={
            "Content-Disposition": "`attachment; filename=…` names the bytes, if `name` does not",
            "Repr-Digest": "`sha-256=:…:` (RFC 9530), checked like `sha256`",
        },
        answers={
            201: Answer(
                "kept, and being probed if it is made of pictures; or an upload in parts was begun",
                (wire.Media, wire.Upload),
                headers=("Location",),
            )
        },
        faults=(404, 409, 410, 411),
    )
    def on_post(self, req: Request, resp: Response, query: wire.MediaQuery) -> None:
        """Send the bytes as they are, of any Content-Type but JSON; or send JSON to begin an upload in parts, each by a
        signed link. The bytes are kept whole or not at all. `GET` the medium with `wait` until it is `ready`. JSON that
        names a `job` and one of its files makes a medium of that file, of the very same bytes, which outlives the job.
        """
        owner = req.context.caller.user_id
        if is_json(req):
            raw = read_json(req, self.services.settings)
            if isinstance(raw, dict) and "job" in raw:
                self._keep(resp, owner, to_struct(raw, wire.KeepOrder))
                return
            order = to_struct(raw, wire.UploadOrder)
            transfer = multipart.begin(
                self.services,
                owner,
                name=order.name,
                size=order.size,
                content_type=order.content_type,
                sha256=order.sha256,
            )
            write_json(resp, translate.upload_view(transfer), 201)
            resp.location = f"/v1/uploads/{transfer.upload.id}"
            return
        name = query.name or name_of(req.get_header("Content-Disposition"))
        blob = uploads.receive(self.services, req, _announced(req, query))
        _created(resp, *uploads.keep(self.services, owner, blob, name))

    def _keep(self, resp: Response, owner: int, order: wire.KeepOrder) -> None:
        with read(self.services.engine) as db:
            job = finished(jobs.get(db, order.job, owner))
            output = traces.output(db, job.id, order.output)
        _created(resp, *uploads.keep_output(self.services, owner, output, order.name))

    @operation(
        "List your media",
        query=wire.PageQuery,
        answers={200: Answer("a page, newest first", wire.MediaPage, headers=("Link",))},
    )
    def on_get(self, req: Request, resp: Response, query: wire.PageQuery) -> None:
        before_id = cursors.decode(query.cursor)
        page = uploads.page(self.services, req.context.caller.user_id, before_id, query.limit)
        cursor = cursors.encode(page[-1][0].id) if len(page) == query.limit else None
        cursors.link(req, resp, cursor)
        views = [translate.media_view(record, probe) for record, probe in page]
        write_json(resp, wire.MediaPage(media=views, next_cursor=cursor))


class MediaItem:
    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Look at a medium",
        query=wire.WaitQuery,
        headers={"If-None-Match": "the ETag of the answer before"},
        answers={
            200: Answer("the record, and what its probe found", wire.Media, headers=("ETag", "Retry-After")),
            304: Answer("nothing changed", headers=("ETag", "Retry-After")),
        },
    )
    def on_get(self, req: Request, resp: Response, media: int, query: wire.WaitQuery) -> None:
        """With `wait` the answer comes once the medium was probed, or when the time is over; when too many wait already,
        it comes at once.
        """
        record, probe = self._probed(req, resp, media, query.wait)
        view = translate.media_view(record, probe)
        if view.state == "probing" and resp.get_header("Retry-After") is None:
            resp.set_header("Retry-After", "1")
        tag = f"{record.id}-{view.state}"
        conditional.set_etag(resp, tag)
        if conditional.is_known(req, tag):
            conditional.answer_unchanged(resp)
            return
        write_json(resp, view)

    @operation("Forget a medium", answers={204: Answer("forgotten")}, faults=(409,))
    def on_delete(self, req: Request, resp: Response, media: int) -> None:
        """Its bytes go when nothing points to them any more. While a job works on it: 409."""
        uploads.forget(self.services, media, req.context.caller.user_id)
        resp.status = 204

    def _probed(
        self, req: Request, resp: Response, media_id: int, seconds: float
    ) -> tuple[Media, Job | None]:
        """Return the record once its probe has ended, or the time is over."""
        until = time.monotonic() + min(seconds, self.services.settings.wait_limit_seconds)
        while True:
            record, probe = uploads.find(self.services, media_id, req.context.caller.user_id)
            left = until - time.monotonic()
            if probe is None or probe.has_ended() or left <= 0:
                return record, probe
            if not self.services.watcher.wait(probe.id, probe.version, left):
                resp.set_header("Retry-After", str(BUSY_SECONDS))
                return record, probe


class MediaContent:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation("Download a medium", answers={303: SEE})
    def on_get(self, req: Request, resp: Response, media: int) -> None:
        record, _ = uploads.find(self.services, media, req.context.caller.user_id)
        url = self.services.blobs.url(
            record.key(),
            expires=self.services.settings.url_expiry_seconds,
            filename=record.name,
            content_type=record.content_type,
        )
        see_other(resp, url)


def _created(resp: Response, record: Media, probe: Job | None) -> None:
    write_json(resp, translate.media_view(record, probe), 201)
    resp.location = f"/v1/media/{record.id}"


def _announced(req: Request, query: wire.MediaQuery) -> str | None:
    """Return the sha256 that the client says its bytes have. Raises Invalid when it says two."""
    said = {query.sha256} if query.sha256 else set()
    for header in ("Repr-Digest", "Content-Digest"):
        if (digest := translate.sha256_of_digest(header, req.get_header(header))) is not None:
            said.add(digest)
    if len(said) > 1:
        raise Invalid("two digests are announced that differ", where="sha256")
    return said.pop() if said else None
