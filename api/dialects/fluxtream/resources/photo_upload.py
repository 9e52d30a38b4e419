"""A photo comes in: stored, written down, looked into by a worker, and only then told to be there."""

import time

import sqlalchemy as sa
from falcon import Request, Response
from sqlalchemy.exc import IntegrityError

from api.dialects.fluxtream.answers import Refused, answer, answer_done, answer_unfit, envelope
from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.patience import awaited
from api.dialects.fluxtream.photo_form import INVALID, Sent, Unfit, receive
from api.dialects.fluxtream.reach import caller_of
from api.services import Services
from storage import media
from storage.engine import write
from storage.fluxtream import development, photos
from storage.fluxtream.photos import Photo, State
from storage.jobs import Job
from workers.enqueue import Counter

CONNECTOR = "fluxtream_capture"
# Others that the original knew; none of them ever took photos.
KNOWN = {
    "bodytrack",
    "fitbit",
    "flickr",
    "lastfm",
    "mymee",
    "picasa",
    "runkeeper",
    "twitter",
    "withings",
    "zeo",
}
UNKNOWN = "Upload failed because the connector [{name}] is unknown"
NOT_THIS = (
    "Upload failed because photo uploads are currently only allowed for the Fluxtream Capture connector"
)
CREATED, UPDATED = "photo created sucessfully!", "photo updated sucessfully!"  # spelt as on the wire
PENDING = "photo is stored and still being looked into"
PRIORITY = 60  # somebody waits for it


class PhotoUpload:
    speaks = ""

    def __init__(self, services: Services, manner: Manner) -> None:
        self.services = services
        self._manner = manner
        self._counter = Counter(services.bell, services.settings, "fluxtream")

    def on_post(self, req: Request, resp: Response) -> None:
        _check_connector(req.get_param("connector_name"))
        until = time.monotonic() + self.services.settings.photo_wait_seconds
        try:
            sent = receive(self.services, req)
            self._save(resp, caller_of(req).user_id, sent, until)
        except Unfit as unfit:
            answer_unfit(resp, self._manner, unfit.status, unfit.message, unfit.reason)

    def _save(self, resp: Response, owner: int, sent: Sent, until: float) -> None:
        photo, job = self._write_down(owner, sent)
        operation, message = ("updated", UPDATED) if job is None else ("created", CREATED)
        settled = self._developed(photo, until)
        payload = {"operation": operation, "id": settled.id, "key": settled.key()}
        if settled.state is State.PENDING:
            answer(resp, envelope("OK", PENDING, payload) if self._manner.is_legacy else payload, 202)
        else:
            answer_done(resp, self._manner, message, payload)

    def _developed(self, photo: Photo, until: float) -> Photo:
        """Return the photo once its job has ended, or as it stands when the time is over. Raises Unfit."""
        if photo.state is not State.PENDING:
            return photo
        awaited(self.services, photo.job, until)
        settled = development.absorb(self.services.engine, self.services.blobs, photo)
        if settled is None:
            reason = development.refusal_of(self.services.engine, photo)
            raise Unfit(INVALID, reason or "it was deleted meanwhile")
        return settled

    def _write_down(self, owner: int, sent: Sent) -> tuple[Photo, Job | None]:
        """Return the photo, and the job that was ordered when it was not there before."""
        try:
            photo, job, created = self._written(owner, sent)
        except IntegrityError:  # the same photo at the same moment: the other request made it
            photo, job, created = self._written(owner, sent)
        if job is not None:
            self._counter.ring(job)
        return photo, job if created else None

    def _written(self, owner: int, sent: Sent) -> tuple[Photo, Job | None, bool]:
        blob, words = sent.blob, sent.words
        with write(self.services.engine) as db:
            photo = photos.known(db, owner, blob.sha256, words.captured_ms)
            if photo is None:
                media_id = _keep(db, owner, sent)
                job = self._order(db, owner, media_id)
                photo = photos.add(
                    db,
                    owner,
                    sha256=blob.sha256,
                    captured_ms=words.captured_ms,
                    media_id=media_id,
                    content_type=blob.content_type,
                    job=job.id,
                    comment=words.comment,
                    tags=words.tags,
                )
                return photo, job, True
            photos.touch(db, photo.id)
            is_kept = bool(media.by_ids(db, [photo.media_id]))  # unless its owner has removed the medium
            if is_kept and photo.state is not State.FAILED:
                return photo, None, False
            media_id = photo.media_id if is_kept else _keep(db, owner, sent)
            job = self._order(db, owner, media_id)
            return development.order_again(db, photo, media_id=media_id, job=job.id), job, False

    def _order(self, db: sa.Connection, owner: int, media_id: int) -> Job:
        return self._counter.order(
            db,
            "photo",
            {},
            {"photo": media_id},
            owner=owner,
            priority=PRIORITY,
            is_limited=False,  # the bytes are here: too late to refuse them
        )


def _keep(db: sa.Connection, owner: int, sent: Sent) -> int:
    """Write down a medium of the photo's own, whatever else its owner keeps of the same bytes."""
    blob = sent.blob
    record = media.add(
        db,
        owner,
        sha256=blob.sha256,
        size=blob.size,
        name=f"photo-{sent.words.captured_ms}",
        content_type=blob.content_type,
    )
    return record.id


def _check_connector(name: str | None) -> None:
    """Raise Refused for a connector that takes no photos."""
    if name == CONNECTOR:
        return
    raise Refused(NOT_THIS if name in KNOWN else UNKNOWN.format(name="null" if name is None else name))
