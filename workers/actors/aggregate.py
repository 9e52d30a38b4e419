"""The actor of `aggregate`: makes new versions of channels of what uploads say."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from darkroom.errors import NotFound, Unavailable
from darkroom.params_streams import AggregateParams
from pipelines.errors import BadInput
from pipelines.tiles.values import Batch
from storage.streams import editions, manifest, uploads
from storage.streams.beside import is_awaiting, pending_beside
from storage.streams.editions import Done, Edition
from storage.streams.uploads import Upload
from workers.channels import Revised, revise
from workers.samples import said_again, said_by
from workers.work import Made, Work


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, AggregateParams)  # noqa: S101 - the table of actors pairs kinds and params
    with work.ledger() as db:
        upload = uploads.by_id(db, params.upload)
        beside = [] if upload is None else _beside(db, upload, work)
    if upload is None:
        raise NotFound(f"there is no upload {params.upload}")
    if upload.state != "pending":  # another attempt has published it with its own
        return Made(summary=upload.read_result())
    work.tick(0, 2, "reading")
    said = _said(work, upload, beside)
    work.tick(1, 2, "folding")
    names = sorted({name for batch in said.values() for name in batch.channels})
    revised = [_revised(work, upload, name, said) for name in names]
    results = {one: _result(one, batch, revised) for one, batch in said.items()}
    done = [
        Done(
            one,
            batch.rows,
            msgspec.json.encode(results[one]).decode(),
            upload.undoes if one == upload.id else None,
        )
        for one, batch in said.items()
    ]
    steps = [one.step for one in revised if one.step is not None]
    edition = Edition(upload.owner, upload.device, steps, done)
    return Made(summary=results[upload.id], edition=editions.encode(edition))


def _beside(db: sa.Connection, upload: Upload, work: Work) -> list[Upload]:
    """Return what is published together with this upload. Raises Unavailable where it must wait for others."""
    settings = work.settings
    if upload.undoes is not None:
        if is_awaiting(db, upload):
            raise Unavailable("earlier uploads of the device are not yet published")
        return []
    if upload.size > settings.streams_quick_bytes:
        return []
    return pending_beside(
        db, upload, size_limit=settings.streams_quick_bytes, limit=settings.streams_together_limit - 1
    )


def _said(work: Work, upload: Upload, beside: Sequence[Upload]) -> dict[int, Batch]:
    """Return what each upload says, by its number, in rising order; another's that cannot be read is left to its own job."""
    if upload.undoes is not None:
        return {upload.id: said_again(work, upload)}
    said = {upload.id: said_by(work, upload)}
    for other in beside:
        try:
            said[other.id] = said_by(work, other)
        except (BadInput, NotFound):
            continue
    return dict(sorted(said.items()))


def _revised(work: Work, upload: Upload, name: str, said: dict[int, Batch]) -> Revised:
    with work.ledger() as db:
        version = manifest.of_name(db, upload.owner, upload.device, name)
    spoken = {one: batch.channels[name].stamped(one) for one, batch in said.items() if name in batch.channels}
    return revise(work, upload.owner, name, version, spoken)


def _result(upload: int, batch: Batch, revised: Sequence[Revised]) -> dict[str, Any]:
    channels = {
        one.name: {"channel_bounds": one.bounds, "imported_bounds": one.imported[upload]}
        for one in revised
        if upload in one.imported
    }
    return {
        "upload": upload,
        "rows": batch.rows,
        "samples": sum(one.counts.get(upload, 0) for one in revised),
        "channels": channels,
    }
