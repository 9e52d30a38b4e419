"""Uploads: the bytes as received, written down with the job that will publish what they say."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.exc import IntegrityError

from darkroom.errors import Conflict, Invalid, NotFound, TooLarge
from darkroom.jobs import Output
from darkroom.settings import Settings
from storage import jobs
from storage.blob_intake import Intake, Promise, Source
from storage.blobs import Blobs
from storage.engine import now, read, write
from storage.jobs import Job
from storage.streams.channels import check_device
from storage.streams.forms import Form
from storage.streams.tables import streams_uploads

PREFIX = "streams/"


class Bytes(Struct, frozen=True):
    """The bytes of an upload: in the store under a key, or, as they are few, here."""

    sha256: str
    size: int
    key: str | None
    body: bytes | None = None


class Head:
    """A body of which the first bytes have been read ahead, to see whether there are more."""

    def __init__(self, body: Source, count: int) -> None:
        self._body = body
        self._count = count
        self._held = b""
        self._error: OSError | None = None
        try:
            while len(self._held) <= count and (piece := body.read(count + 1 - len(self._held))):
                self._held += piece
        except OSError as error:  # is told when it is read that far
            self._error = error

    def is_all(self) -> bool:
        """Say whether the body has no more than these bytes."""
        return len(self._held) <= self._count

    def read(self, size: int, /) -> bytes:
        if self._held:
            piece, self._held = self._held[:size], self._held[size:]
            return piece
        if self._error is not None:
            raise self._error
        return self._body.read(size)


class Upload(Struct, frozen=True):
    """One upload; its id is the wire's logrec_id, and decides: of two that write one time, the higher wins.

    state: pending, done, undone. One whose job has ended otherwise stays pending, and will say nothing.
    result: JSON, as the aggregate job's summary.
    """

    id: int
    owner: int
    device: str
    sha256: str
    form: str
    key: str | None
    size: int
    undoes: int | None
    job: int
    state: str
    rows: int | None
    result: str | None
    created_at: float
    done_at: float | None

    def read_form(self) -> Form:
        return msgspec.json.decode(self.form, type=Form)

    def read_result(self) -> dict[str, Any]:
        """Return what became of it: `channels`, by name, with `channel_bounds` and `imported_bounds`; `rows`."""
        return msgspec.json.decode(self.result, type=dict[str, Any]) if self.result else {}


class Counter(Protocol):
    """Writes work down within the caller's transaction, who rings once that has committed."""

    def order(
        self,
        db: sa.Connection,
        kind: str,
        params: Mapping[str, Any],
        inputs: Mapping[str, int],
        *,
        owner: int,
        priority: int,
        is_limited: bool = True,
    ) -> Job: ...

    def ring(self, job: Job) -> None: ...


class Means(Struct, frozen=True):
    """What taking an upload leans on; the counter is `workers.enqueue.Counter`."""

    engine: sa.Engine
    blobs: Blobs
    counter: Counter
    settings: Settings


COLUMNS = [streams_uploads.c[name] for name in Upload.__struct_fields__]


def upload(
    means: Means, owner: int, device: str, form: Form, body: Source, *, size: int | None = None
) -> Upload:
    """Take an upload: once this returns, its samples will be published or its job says why not.

    The same bytes for the same device once more are answered by the upload that was there. size: of the body in bytes,
    where its sender has said it. Raises Invalid, TooLarge, TooMany (open jobs), Unavailable.
    """
    check_device(device)
    limit = means.settings.streams_upload_limit_bytes
    if size is not None and size > limit:  # before any of it is waited for
        raise TooLarge(f"an upload of samples has at most {limit} bytes", limit=limit, where="body")
    head = Head(body, means.settings.streams_inline_bytes)
    if head.is_all():  # an object per sample would be dear
        whole = Intake(head, Promise(size_limit=limit, size=size))
        data = b"".join(whole.chunks())
        return _taken(means, owner, device, form, Bytes(whole.sha256, whole.size, None, data))
    blob = means.blobs.put(_key(owner), head, size_limit=limit, expect_size=size)
    return _taken(means, owner, device, form, Bytes(blob.sha256, blob.size, blob.key))


def upload_output(means: Means, owner: int, device: str, form: Form, output: Output) -> Upload:
    """Take a file that a job of the owner's made as an upload; its bytes do not pass through here.

    Raises as `upload` does, and NotFound when the file was swept.
    """
    check_device(device)
    key = _key(owner)
    means.blobs.copy(output.key, key)
    return _taken(means, owner, device, form, Bytes(output.sha256, output.size, key))


def _key(owner: int) -> str:
    return f"{PREFIX}{owner}/in-{uuid.uuid4().hex}"


def _taken(means: Means, owner: int, device: str, form: Form, bytes_: Bytes) -> Upload:
    """Write an upload down; if it is there already, bytes that were put into the store for it go."""
    encoded = msgspec.json.encode(form).decode()
    said = msgspec.json.encode([device, encoded, bytes_.sha256])
    values = {
        "owner": owner,
        "device": device,
        "sha256": hashlib.sha256(said).hexdigest(),
        "form": encoded,
        "key": bytes_.key,
        "body": bytes_.body,
        "size": bytes_.size,
    }
    try:
        taken = _write_down(means, values)
    except IntegrityError:  # the same bytes at the same moment: the other one is there now
        taken = _write_down(means, values)
    if bytes_.key is not None and taken.key != bytes_.key:
        means.blobs.delete(bytes_.key)
    return taken


def undo(means: Means, owner: int, upload_id: int) -> Upload:
    """Take an upload back: what it wrote over comes to light again, as by a new upload, which is returned.

    Raises NotFound; Conflict for one that is not published, is undone, or is an undo itself.
    """
    with read(means.engine) as db:
        gone = get_upload(db, owner, upload_id)
    if gone.state != "done" or gone.undoes is not None:
        raise Conflict(f"upload {upload_id} cannot be undone: it is {gone.state}")
    values = {
        "owner": owner,
        "device": gone.device,
        "sha256": hashlib.sha256(f"undo {upload_id}".encode()).hexdigest(),
        "form": gone.form,
        "key": gone.key,
        "size": gone.size,
        "undoes": upload_id,
    }
    try:
        return _write_down(means, values)
    except IntegrityError:
        return _write_down(means, values)


def get_upload(db: sa.Connection, owner: int, upload_id: int) -> Upload:
    """Return an upload of the owner's. Raises NotFound."""
    its = streams_uploads.c
    row = db.execute(sa.select(*COLUMNS).where(its.id == upload_id, its.owner == owner)).one_or_none()
    if row is None:
        raise NotFound(f"there is no upload {upload_id}")
    return Upload(*row)


def by_id(db: sa.Connection, upload_id: int) -> Upload | None:
    """Return an upload, whoever owns it; None when there is none."""
    row = db.execute(sa.select(*COLUMNS).where(streams_uploads.c.id == upload_id)).one_or_none()
    return None if row is None else Upload(*row)


def body_of(db: sa.Connection, upload_id: int) -> bytes:
    """Return the bytes of an upload that has no key. Raises NotFound."""
    its = streams_uploads.c
    body: bytes | None = db.execute(sa.select(its.body).where(its.id == upload_id)).scalar_one_or_none()
    if body is None:
        raise NotFound(f"the bytes of upload {upload_id} are not here")
    return body


def find_uploads(
    db: sa.Connection, owner: int, device: str, *, before_id: int | None = None, limit: int = 100
) -> list[Upload]:
    """Return uploads of a device, newest first, those with an id below `before_id`."""
    its = streams_uploads.c
    query = sa.select(*COLUMNS).where(its.owner == owner, its.device == device)
    if before_id is not None:
        query = query.where(its.id < before_id)
    return [Upload(*row) for row in db.execute(query.order_by(its.id.desc()).limit(limit))]


def _write_down(means: Means, values: dict[str, Any]) -> Upload:
    with write(means.engine) as db:
        before = _answering(db, values)
        if before is not None:
            return before
        new = {**values, "answers": True, "state": "pending", "created_at": now()}
        upload_id = db.execute(
            sa.insert(streams_uploads).values(new).returning(streams_uploads.c.id)
        ).scalar_one()
        job = means.counter.order(
            db,
            "aggregate",
            {"upload": upload_id, "size_bytes": values["size"]},
            {},
            owner=values["owner"],
            priority=0,
        )
        db.execute(sa.update(streams_uploads).where(streams_uploads.c.id == upload_id).values(job=job.id))
        taken = by_id(db, upload_id)
    if taken is None:
        raise Invalid(f"upload {upload_id} was not kept")
    means.counter.ring(job)
    return taken


def _answering(db: sa.Connection, values: Mapping[str, Any]) -> Upload | None:
    """Return the upload that the same bytes have made; one whose job has failed does not answer for them any more."""
    its = streams_uploads.c
    same = sa.select(*COLUMNS).where(
        its.owner == values["owner"],
        its.device == values["device"],
        its.sha256 == values["sha256"],
        its.answers,
    )
    row = db.execute(same).one_or_none()
    if row is None:
        return None
    found = Upload(*row)
    if found.state == "pending" and jobs.get(db, found.job, None).has_ended():
        db.execute(sa.update(streams_uploads).where(its.id == found.id).values(answers=False))
        return None
    return found
